import { type Action, flowMod, type Match, PORT } from 'openflow-codec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packet, Simulator } from '#pipeline/simulator';
import { Random } from './codec-switch/random.ts';
import { caseText, editText } from './simulator/case-text.ts';
import { PICKED, pickedCase } from './simulator/cases.ts';
import { type Case, type Comparison, compare, type Distortion } from './simulator/compare.ts';
import { KINDS } from './simulator/kinds.ts';
import { randomEdits } from './simulator/random-actions.ts';
import { asFlowMods, overlapsOf, randomCloudFlows, randomCloudPacket } from './simulator/random-cloud.ts';
import { randomFlows } from './simulator/random-flows.ts';
import { randomPacket } from './simulator/random-packet.ts';
import { type Edit, RealSwitch } from './simulator/real-switch.ts';
import { smallest } from './simulator/smallest.ts';

/**
 * The simulator beside a real ovs-vswitchd: the same flows, the same packets, and ofproto/trace as judge. Compared are
 * every look-up, every frame that leaves and its tunnel, the fields at the end, and what was learned. A failure prints
 * the seed and the smallest case that still fails; run it again with SIMULATOR_SEED=<seed>.
 */
const SEED = Number(process.env.SIMULATOR_SEED ?? Date.now() % 2 ** 31);
const ROUNDS = Number(process.env.SIMULATOR_ROUNDS ?? 200);
const CLOUDS = 60;
const EDITS = 3000;
const PACKETS = 50;

let real: RealSwitch;

beforeAll(async () => {
  real = await RealSwitch.start();
});
afterAll(async () => {
  await real?.stop();
});

describe('the simulator does what Open vSwitch does', () => {
  it(`with ${ROUNDS * PACKETS} random packets on ${ROUNDS} random sets of flows`, async () => {
    const random = new Random(SEED);
    const total = await play(ROUNDS, () => ({
      ...randomFlows(random),
      packets: Array.from({ length: PACKETS }, () => randomPacket(random)),
    }));
    // Few flows are refused and few packets go unseen, or this proves less than it says.
    expect(total.accepted).toBeGreaterThan(total.flows * 0.85);
    expect(total.packets).toBeGreaterThan(ROUNDS * PACKETS * 0.95);
    expect(total.outputs).toBeGreaterThan(total.packets * 0.3);
    expect(total.learned).toBeGreaterThan(ROUNDS);
  });

  it.each(Object.entries(PICKED))('with %s', async (_, picked) => {
    const trial = pickedCase(picked);
    const { difference, accepted, lookUps } = await compare(real, trial);
    expect(difference).toBeUndefined();
    expect(accepted).toBe(trial.flows.length);
    expect(lookUps).toBeGreaterThan(0);
  });

  it(`with ${CLOUDS * PACKETS} packets on our own pipeline of ${CLOUDS} random clouds`, async () => {
    const random = new Random(SEED);
    const total = await play(CLOUDS, () => {
      const flows = randomCloudFlows(random);
      expect(overlapsOf(flows), `SIMULATOR_SEED=${SEED}`).toEqual([]);
      const packets = Array.from({ length: PACKETS }, () => randomCloudPacket(random));
      // As the reconciler sets it.
      return { groups: [], flows: asFlowMods(flows), packets, fragments: 'nx-match' };
    });
    expect(total.accepted).toBe(total.flows);
    expect(total.packets).toBe(CLOUDS * PACKETS);
    expect(total.outputs).toBeGreaterThan(total.packets * 0.1);
    expect(total.learned).toBeGreaterThan(CLOUDS / 4);
  });

  it.each(Object.entries(MISTAKES))('and the comparison sees %s', async (_, mistake) => {
    const random = new Random(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const packets = Array.from({ length: PACKETS }, () => randomPacket(random));
      const { difference } = await compare(real, { ...randomFlows(random), packets }, mistake);
      if (difference) return;
    }
    expect.fail(`SIMULATOR_SEED=${SEED}: nothing seen in ${ROUNDS} rounds`);
  });

  it(`to every byte of ${EDITS} frames that its datapath edits, checksums included`, async () => {
    const random = new Random(SEED);
    const edits = Array.from({ length: EDITS }, () => {
      const packet = { inPort: 11, bytes: randomPacket(random).bytes };
      const kind = random.pick(KINDS.filter(({ match }) => matches(match, packet)));
      return { packet, actions: randomEdits(kind, random) };
    });
    const frames = await real
      .edit(edits)
      .catch((error) => expect.fail(`SIMULATOR_SEED=${SEED}: ${error}\n${real.logTails()}`));
    const done = edits.filter((_, index) => frames[index]);
    const wrong = edits.flatMap((edit, index) => {
      const [expected, actual] = [frames[index], edited(edit)].map((each) =>
        Buffer.from(each ?? []).toString('hex'),
      );
      return expected === '' || expected === actual ? [] : [{ edit: editText(edit), expected, actual }];
    });
    expect(wrong.slice(0, 3), `SIMULATOR_SEED=${SEED}`).toEqual([]);
    expect(done.length).toBeGreaterThan(EDITS * 0.5);
  });
});

function matches(match: Match, packet: Packet): boolean {
  const simulator = new Simulator();
  simulator.flowMod(flowMod({ match }));
  return simulator.send(packet).steps.some((step) => step.step === 'table' && step.rule);
}

/** The frame as the simulator edits it. */
function edited({ packet, actions }: Edit): Uint8Array | undefined {
  const simulator = new Simulator();
  const all: Action[] = [...actions, { action: 'output', port: PORT.controller, maxLength: 0xffff }];
  simulator.flowMod(flowMod({ instructions: [{ instruction: 'apply_actions', actions: all }] }));
  return simulator.send(packet).toController[0]?.bytes;
}

/** Mistakes of a simulator, one of each kind that is compared. */
const MISTAKES: Readonly<Record<string, Distortion>> = {
  'a frame that does not leave': { outcome: (outcome) => ({ ...outcome, sent: outcome.sent.slice(1) }) },
  'a frame out of another port': { outcome: (outcome) => ({ ...outcome, sent: outcome.sent.toReversed() }) },
  'one bit of a frame': {
    outcome: (outcome) => ({
      ...outcome,
      sent: outcome.sent.map((each) => ({
        ...each,
        bytes: each.bytes.map((byte, at) => byte ^ Number(at === 5)),
      })),
    }),
  },
  'a tunnel with another key': {
    outcome: (outcome) => ({
      ...outcome,
      sent: outcome.sent.map((each) =>
        'port' in each && each.tunnel ? { ...each, tunnel: { id: 9n } } : each,
      ),
    }),
  },
  'a look-up too few': { outcome: (outcome) => ({ ...outcome, steps: outcome.steps.slice(0, -1) }) },
  'a register at the end': {
    outcome: (outcome) => ({
      ...outcome,
      field: (name) => (name === 'reg1' ? Number(outcome.field(name)) ^ 1 : outcome.field(name)),
    }),
  },
  'a limit that is not noticed': {
    outcome: ({ error, ...outcome }) => outcome,
  },
  'a flow that is not learned': {
    flows: (flows) => flows.filter(({ cookie }) => cookie !== 0x5001n && cookie !== 0x5002n),
  },
};

/** Rounds that differed once and not again, and how many may. */
let passing = 0;
const MOST_PASSING = 2;

/** Plays rounds until one differs; what was compared in all. */
async function play(
  rounds: number,
  next: () => Case,
): Promise<Omit<Comparison, 'difference'> & { flows: number }> {
  const total = { flows: 0, accepted: 0, packets: 0, lookUps: 0, outputs: 0, learned: 0 };
  for (let round = 0; round < rounds; round++) {
    const trial = next();
    const { difference, ...counts } = await compare(real, trial).catch((error) =>
      expect.fail(`SIMULATOR_SEED=${SEED}, round ${round}: ${error}\n${real.logTails()}`),
    );
    if (difference) await expectPassing(trial, `SIMULATOR_SEED=${SEED}, round ${round}: ${difference}`);
    total.flows += trial.flows.length;
    for (const [name, count] of Object.entries(counts)) total[name as keyof typeof counts] += count;
  }
  return total;
}

/**
 * Fails if a case that was seen to differ does so again. The switch reads its host's routes and neighbours by itself, so that
 * where tunnelled packets go may change under a round that has no part in it: that is told, and bounded.
 */
async function expectPassing(trial: Case, seen: string): Promise<void> {
  const again = (await compare(real, trial)).difference;
  if (again !== undefined) expect.fail(`${seen}\n${await explained(trial)}`);
  console.warn(`${seen}\nand not when it was played again`);
  passing += 1;
  expect(passing, seen).toBeLessThanOrEqual(MOST_PASSING);
}

/** The smallest case that still fails, as text. */
async function explained(trial: Case): Promise<string> {
  const small = await smallest(trial, async (each) => (await compare(real, each)).difference);
  return `${small.difference}\n${caseText(small.trial)}`;
}
