import type { Match } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import { FlowSet, makeFlow } from '#pipeline';
import { statsOf, switchWith } from '../reading/flow-stats-fixture.ts';
import { survey } from './survey.ts';

const OURS = { hi: 0x74000000, lo: 1 };
const ACTIONS = [{ instruction: 'goto_table', table: 1 }] as const;

function flowOf(inPort: number, cookie = OURS) {
  const match: Match = [{ field: 'in_port', value: inPort }];
  return makeFlow(0, 300, cookie, match, ACTIONS);
}

function desiredOf(...inPorts: readonly number[]): FlowSet {
  const set = new FlowSet();
  set.fill(
    inPorts.map((each) => flowOf(each)),
    [],
  );
  return set;
}

describe('survey', () => {
  it('tells ours, what is learned and others’ apart in one answer', async () => {
    const learned = (lo: number) => ({ hi: 0x75000000, lo });
    const { installed, ...rest } = await survey(
      switchWith(
        ...[flowOf(1), flowOf(2, learned(7)), flowOf(3, learned(8)), flowOf(4, learned(7))].map((each) =>
          statsOf(each),
        ),
        // In the place of one of ours, and elsewhere.
        ...[flowOf(9, { hi: 0, lo: 99 }), flowOf(10, { hi: 0xf5000000, lo: 0 })].map((each) => statsOf(each)),
      ),
      desiredOf(1, 9),
      'leave',
    );
    expect([...installed.values()].map(({ key }) => key)).toEqual([flowOf(1).key]);
    expect(rest.learned).toEqual([
      { ...learned(7), count: 2 },
      { ...learned(8), count: 1 },
    ]);
    expect(rest.foreignCount).toBe(2);
    expect([...rest.foreign.keys()]).toEqual([flowOf(9).key]);
  });

  it('keeps those that are to go, as many as there is room for, and counts all', async () => {
    const many = Array.from({ length: 10_005 }, (_, at) => statsOf(flowOf(at + 1, { hi: 0, lo: 0 })));
    const some = await survey(switchWith(...many), desiredOf(), 'remove');
    expect(some.foreign.size).toBe(10_000);
    expect(some.foreignCount).toBe(many.length);
    // 100 of 60,000 bytes.
    const large = Array.from({ length: 100 }, (_, at) => {
      const entry = Buffer.concat([statsOf(flowOf(at + 1, { hi: 0, lo: 0 })), Buffer.alloc(60_000)]);
      entry.writeUInt16BE(entry.length, 0);
      return entry;
    });
    const few = await survey(switchWith(...large), desiredOf(), 'remove');
    expect(few.foreign.size).toBe(70);
    expect(few.foreignCount).toBe(100);
  });

  it('takes no more flows for ours than make sense', async () => {
    const many = Array.from({ length: 200_001 }, (_, at) => statsOf(flowOf(at + 1)));
    await expect(survey(switchWith(Buffer.concat(many)), desiredOf(), 'leave')).rejects.toThrow(
      '200001 flows',
    );
  });
});
