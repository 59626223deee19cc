import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitrarySteps, PORTS } from './arbitrary-steps.ts';
import type { Step } from './case.ts';
import { fewestSteps } from './fewest-steps.ts';
import { LearnedMemory } from './learned-memory.ts';
import { ModelWorld } from './model-world.ts';
import { printSteps } from './print-case.ts';
import { SimulatedWorld } from './simulated-world.ts';
import { TrackedMemory } from './tracked-memory.ts';

/** Packets of a run of continuous integration; `FIREWALL_PACKETS` asks for more, `FIREWALL_SEED` for the same ones again. */
const PACKETS = Number(process.env.FIREWALL_PACKETS ?? 100_000);
const SEED = Number(process.env.FIREWALL_SEED ?? Date.now() % 0x7fffffff);
const STEPS = 250;
/** So short that all of them are met. */
const TERMS = { idle: { tcp: 60, other: 30 }, idleAfterEnd: 15 };

interface Played {
  readonly packets: number;
  readonly delivered: number;
  /** Present when model and pipeline differ: the case so far, and the packet's way. */
  readonly difference?: string;
}

type Backend = keyof typeof BACKENDS;
/** What remembers in the model, and the share of the packets. */
const BACKENDS = {
  learn: { memory: () => new LearnedMemory(TERMS), share: 0.7 },
  conntrack: { memory: () => new TrackedMemory(), share: 0.3 },
} as const;

function playBoth(backend: Backend, steps: readonly Step[]): Played {
  const model = new ModelWorld(PORTS, BACKENDS[backend].memory);
  const compiled = new SimulatedWorld(PORTS, { backend, ...TERMS });
  let [packets, delivered] = [0, 0];
  const played: Step[] = [];
  for (const step of steps) {
    if (step.step !== 'send') {
      model.apply(step);
      compiled.apply(step);
      played.push(step);
      continue;
    }
    const expected = model.send(step.send);
    const got = compiled.send(step.send);
    played.push({ ...step, expected });
    packets++;
    delivered += expected.length;
    if (got.join() === expected.join()) continue;
    const text = `got by ${got.join(' ') || 'nobody'}, not ${expected.join(' ') || 'nobody'}`;
    return { packets, delivered, difference: `${printSteps(played)}  # ${text}\n${compiled.explain()}` };
  }
  return { packets, delivered };
}

/** The smallest case that still fails, in the language of cases, and the way of its last packet. */
function explained(backend: Backend, steps: readonly Step[]): string {
  const fails = (fewer: readonly Step[]) => playBoth(backend, fewer).difference !== undefined;
  return playBoth(backend, fewestSteps(steps, fails)).difference ?? 'does not fail the second time';
}

describe(`the compiled pipeline admits what the model admits, seed ${SEED}`, () => {
  it.each(['learn', 'conntrack'] as const)('%s', { timeout: 600_000 }, (backend) => {
    let [packets, delivered] = [0, 0];
    const property = fc.property(arbitrarySteps(STEPS, backend === 'learn'), (steps) => {
      const played = playBoth(backend, steps);
      packets += played.packets;
      delivered += played.delivered;
      return played.difference === undefined;
    });
    const wanted = PACKETS * BACKENDS[backend].share;
    // What fast-check would take away it tries one by one, and each time is 250 packets.
    const runs = { seed: SEED, numRuns: Math.ceil(wanted / (STEPS * 0.85)), endOnFailure: true };
    const { counterexample } = fc.check(property, runs);
    if (counterexample) expect.fail(explained(backend, counterexample[0]));
    expect(packets).toBeGreaterThanOrEqual(wanted);
    // Neither all nor nothing: there is something to be wrong about.
    expect(delivered / packets).toBeGreaterThan(0.1);
    expect(delivered / packets).toBeLessThan(0.9);
  });
});
