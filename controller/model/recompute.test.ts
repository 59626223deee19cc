import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyFact } from '#apps';
import { openMemoryStore } from '#controller/store/memory-store';
import type { Change } from '#controller/store/store';
import type { FactDelta } from './fact-delta.ts';
import { FIREWALL_SETTINGS } from './firewall/firewall-fixture.ts';
import { Model } from './model.ts';
import { CHASSIS, everyFact, LIMIT, PORTS, type Step, someCommits, take, wire } from './recompute-fixture.ts';
import { Recovering } from './recovering.ts';

describe('Model', () => {
  it('has after any changes the facts that follow from the final state alone', async () => {
    await fc.assert(
      fc.asyncProperty(someCommits, async (commits) => {
        const store = openMemoryStore();
        const incremental = new Model(FIREWALL_SETTINGS, LIMIT);
        const recovering = new Recovering();
        const shadow: Shadow = new Map();
        store.watch(0, ({ changes }) => {
          const previewed = new Map(
            [...incremental.preview(() => changes)].flatMap((delta) =>
              delta ? [[delta.id, delta] as const] : [],
            ),
          );
          const applied = incremental.apply(changes);
          expect(texts(previewed)).toEqual(texts(applied));
          follow(shadow, applied);
        });
        await store.transact(wire);
        for (const steps of commits) {
          await store.transact((tx) => {
            for (const step of steps) take(step, tx);
          });
          const restarted = Model.of(store, FIREWALL_SETTINGS, LIMIT);
          for (const step of steps) if (step.of === 'recovery') setRecovering(step, recovering, incremental);
          follow(shadow, incremental.apply([]));
          for (const port of [undefined, ...PORTS])
            for (const id of CHASSIS) restarted.setRecovering(id, port, isRecovering(recovering, id, port));
          restarted.apply([]);
          for (const id of CHASSIS) {
            const recomputed = sorted(everyFact(store, id, recovering));
            expect(sorted(incremental.facts(id))).toEqual(recomputed);
            expect(sorted(restarted.facts(id))).toEqual(recomputed);
            // The deltas alone, added up, tell the same.
            expect(sorted(shadow.get(id)?.values() ?? [])).toEqual(recomputed);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('has them whatever is derived when, between whichever changes, and knows which switches lack any', async () => {
    await fc.assert(
      fc.asyncProperty(someCommits, fc.infiniteStream(turn), async (commits, turns) => {
        const store = openMemoryStore();
        const model = new Model(FIREWALL_SETTINGS, LIMIT);
        const recovering = new Recovering();
        const shadow: Shadow = new Map();
        const waiting: Change[] = [];
        store.watch(0, ({ changes }) => waiting.push(...changes));
        const expectAllBut = (lacking: (id: string) => boolean) => {
          for (const id of CHASSIS.filter((each) => !lacking(each))) {
            const recomputed = sorted(everyFact(store, id, recovering));
            expect(sorted(model.facts(id))).toEqual(recomputed);
            expect(sorted(shadow.get(id)?.values() ?? [])).toEqual(recomputed);
          }
        };
        await store.transact(wire);
        for (const steps of commits) {
          await store.transact((tx) => {
            for (const step of steps) take(step, tx);
          });
          for (const step of steps) if (step.of === 'recovery') setRecovering(step, recovering, model);
          for (const { does, chassis, count } of turns.take(4)) {
            const id = CHASSIS[chassis] ?? '';
            if (does === 'take') for (const change of waiting.splice(0, count)) model.take(change);
            else if (does === 'take all') for (const change of waiting.splice(0)) model.take(change);
            else if (does === 'settle') model.settle();
            else if (does === 'preview') Array.from(model.preview(() => waiting.slice(0, count)));
            else if (does === 'derive') follow(shadow, new Map([[id, model.derive(id, count)]]));
            else
              for (const due of model.takeNewlyDue())
                follow(shadow, new Map([[due, model.deriveNew(due, count)]]));
          }
          model.settle();
          if (waiting.length === 0) expectAllBut((id) => model.isDue(id));
        }
        for (const change of waiting) model.take(change);
        model.settle();
        for (const id of model.due) follow(shadow, new Map([[id, model.derive(id, 2)]]));
        expectAllBut(() => false);
      }),
      { numRuns: 300 },
    );
  });
});

/** A piece of work that may be done between any others, for a switch and for so many changes or facts. */
const turn = fc.record({
  does: fc.constantFrom('take', 'take all', 'settle', 'derive', 'derive', 'derive new', 'preview'),
  chassis: fc.nat(CHASSIS.length - 1),
  count: fc.nat(3),
});

/** The facts of each switch by what they say, as deltas tell. */
type Shadow = Map<string, Map<string, AnyFact>>;

function isRecovering(recovering: Recovering, chassisId: string, port: string | undefined): boolean {
  return port === undefined ? recovering.isSwitch(chassisId) : recovering.isPort(port, chassisId);
}

/** Begins or ends what a step says, on both sides. */
function setRecovering(
  { chassis, port, begins }: Extract<Step, { of: 'recovery' }>,
  recovering: Recovering,
  model: Model,
): void {
  const [chassisId = '', portId] = [CHASSIS[chassis], PORTS[port ?? PORTS.length]];
  if (portId === undefined) recovering.setSwitch(chassisId, begins);
  else recovering.setPort(portId, chassisId, begins);
  model.setRecovering(chassisId, portId, begins);
}

function follow(shadow: Shadow, deltas: ReadonlyMap<string, FactDelta>): void {
  for (const [id, { gone, come }] of deltas) {
    const facts = shadow.get(id) ?? new Map<string, AnyFact>();
    shadow.set(id, facts);
    for (const fact of gone) expect(facts.delete(text(fact))).toBe(true);
    for (const fact of come) facts.set(text(fact), fact);
  }
}

function texts(deltas: ReturnType<Model['apply']>): unknown {
  const entries = [...deltas].map(([id, { gone, come }]) => [id, sorted(gone), sorted(come)] as const);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function sorted(facts: Iterable<AnyFact>): string[] {
  return [...facts].map(text).sort();
}

function text(fact: AnyFact): string {
  return JSON.stringify(fact, (_, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));
}
