import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Flow, makeFlow } from '#pipeline';
import { Outstanding } from './outstanding.ts';

/** Flow `key` with one of few contents. */
function flow(key: number, content: number): Flow {
  return makeFlow(
    0,
    key + 1,
    { hi: 0x74000000, lo: key },
    [],
    [{ instruction: 'goto_table', table: content + 1 }],
  );
}

const KEYS = 3;
const step = fc.oneof(
  fc.record({ do: fc.constant('want' as const), key: fc.nat(KEYS - 1), content: fc.option(fc.nat(2)) }),
  fc.record({ do: fc.constant('take' as const) }),
  /** The bundle is done: the switch refused the flows of these keys. */
  fc.record({ do: fc.constant('done' as const), refuses: fc.uniqueArray(fc.nat(KEYS - 1)) }),
  fc.record({ do: fc.constant('retry' as const) }),
);

describe('Outstanding', () => {
  it('knows at any time in what the switch differs from what is desired', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const outstanding = new Outstanding();
        const desired = new Map<string, Flow>();
        const onSwitch = new Map<string, Flow>();
        let flying: ReturnType<Outstanding['take']> = [];
        for (const each of steps) {
          if (each.do === 'want') {
            const key = flow(each.key, 0).key;
            const before = desired.get(key);
            const after = each.content === null ? undefined : flow(each.key, each.content);
            if (after) desired.set(key, after);
            else desired.delete(key);
            if (before !== after) outstanding.add({ before, after });
          } else if (each.do === 'take' && flying.length === 0) {
            flying = outstanding.take();
          } else if (each.do === 'done') {
            for (const change of flying) {
              const key = (change.after ?? change.before)?.key ?? '';
              if (each.refuses.some((number) => flow(number, 0).key === key)) {
                outstanding.refuse({ change, error: 'OFPFMFC_UNKNOWN' });
              } else if (change.after) onSwitch.set(key, change.after);
              else onSwitch.delete(key);
            }
            flying = [];
          } else if (each.do === 'retry') outstanding.retry();

          if (flying.length > 0) continue;
          const refused = new Map([...outstanding.refused].map(([key, { change }]) => [key, change]));
          const predicted = new Map(onSwitch);
          const copy = new Outstanding();
          copy.reset([...outstanding.take(), ...refused.values()]);
          for (const { before, after } of copy.take()) {
            const key = (after ?? before)?.key ?? '';
            expect(onSwitch.get(key)).toEqual(before);
            if (after) predicted.set(key, after);
            else predicted.delete(key);
            if (!refused.has(key)) outstanding.add({ before, after });
          }
          expect(predicted).toEqual(desired);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('sends nothing for what is as it was', () => {
    const outstanding = new Outstanding();
    outstanding.add({ before: undefined, after: flow(1, 1) });
    outstanding.add({ before: flow(1, 1), after: undefined });
    expect(outstanding.size).toBe(0);
  });
});

describe('Outstanding, told what an audit found', () => {
  const missing = { before: undefined, after: flow(1, 1) };
  const leftOver = { before: flow(1, 1), after: undefined };

  it('counts a difference as drift when nothing changed meanwhile', () => {
    const outstanding = new Outstanding();
    outstanding.follow();
    expect(outstanding.isQuiet).toBe(true);
    expect(outstanding.drift([missing])).toEqual([missing]);
  });

  it.each([
    ['came', missing],
    ['went', leftOver],
  ])('counts no drift for a flow that %s meanwhile', (_word, change) => {
    const outstanding = new Outstanding();
    outstanding.follow();
    outstanding.add(change);
    outstanding.take();
    expect(outstanding.isQuiet).toBe(false);
    expect(outstanding.drift([change])).toEqual([]);
  });

  it('counts no drift for a refused flow that was sent again meanwhile', () => {
    const outstanding = new Outstanding();
    outstanding.refuse({ change: missing, error: 'OFPFMFC_TABLE_FULL' });
    outstanding.follow();
    outstanding.retry();
    outstanding.take();
    expect(outstanding.drift([missing])).toEqual([]);
  });

  it('counts no drift for a refused flow that is missing, but does for another flow in its place', () => {
    const outstanding = new Outstanding();
    outstanding.refuse({ change: missing, error: 'OFPFMFC_TABLE_FULL' });
    outstanding.follow();
    expect(outstanding.drift([missing])).toEqual([]);
    const replaced = { before: flow(1, 2), after: flow(1, 1) };
    outstanding.follow();
    expect(outstanding.drift([replaced])).toEqual([replaced]);
  });

  it('sends drift again, even if the switch has refused that flow before', () => {
    const outstanding = new Outstanding();
    outstanding.refuse({ change: missing, error: 'OFPFMFC_TABLE_FULL' });
    outstanding.found(missing);
    expect(outstanding.refused.size).toBe(0);
    expect(outstanding.take()).toEqual([missing]);
  });
});
