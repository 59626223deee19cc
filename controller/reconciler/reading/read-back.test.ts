import fc from 'fast-check';
import { type FlowStatsView, walkFlowStats } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import { Flow, FlowSet, FlowTable, flowKey, makeFlow } from '#pipeline';
import { Turns } from '../turns.ts';
import { statsOf, switchWith } from './flow-stats-fixture.ts';
import { compareByTurns, differences, InstalledFlow, readBack } from './read-back.ts';

/** Of few possible keys, cookies and contents, so that they meet. */
function flowOf(port: number, owner = 1, table = 1): Flow {
  return makeFlow(
    0,
    300,
    { hi: 0x74000000, lo: owner },
    [{ field: 'in_port', value: port }],
    [{ instruction: 'goto_table', table }],
  );
}

function setOf(...flows: readonly Flow[]): FlowSet {
  const set = new FlowSet();
  set.fill(flows, []);
  return set;
}

const contentOf = (flow: Flow) => [flow.key, flow.cookieLo, flow.content];

describe('readBack', () => {
  it('gives flows that are as desired by the desired flow itself, and all others as they are', async () => {
    const desired = setOf(flowOf(1), flowOf(2), flowOf(3), flowOf(4));
    const found = await readBack(
      switchWith(
        ...[flowOf(1), flowOf(2, 2), flowOf(3, 1, 2), flowOf(5)].map((flow) => statsOf(flow)),
        statsOf(flowOf(4), { idleTimeout: 10 }),
      ),
      desired,
    );
    expect([...found.values()].map((flow) => desired.get(flow.key) === flow)).toEqual([
      ...[true, false, false, false, false],
    ]);
    expect(
      differences(desired, found).map(({ before, after }) => [before?.match[11], after?.match[11]]),
    ).toEqual([
      ...[
        [2, 2],
        [3, 3],
        [5, undefined],
        [4, 4],
      ],
    ]);
  });

  it.each([{ idleTimeout: 10 }, { hardTimeout: 10 }, { flags: 1 }])(
    'takes no flow for the desired one that has %o, which ours never have',
    async (extra) => {
      const desired = setOf(flowOf(1));
      const found = await readBack(switchWith(statsOf(flowOf(1), extra)), desired);
      expect(differences(desired, found)).toMatchObject([{ before: { expires: true }, after: flowOf(1) }]);
    },
  );

  it('compares with what is desired at its end, not at its beginning', async () => {
    const desired = setOf(flowOf(1), flowOf(2), flowOf(3));
    const found = await readBack(
      switchWith(...[flowOf(1), flowOf(2), flowOf(3)].map((each) => statsOf(each))),
      desired,
    );
    desired.replace([flowOf(1), flowOf(2)], [flowOf(2, 1, 7), flowOf(4)]);
    const changes = differences(desired, found);
    expect(
      changes.map(({ before, after }) => [before && contentOf(before), after && contentOf(after)]),
    ).toEqual([
      [contentOf(flowOf(1)), undefined],
      [contentOf(flowOf(2)), contentOf(flowOf(2, 1, 7))],
      [undefined, contentOf(flowOf(4))],
    ]);
  });
});

describe('differences', () => {
  it('are what turns the one into the other', () => {
    const flows = fc.array(fc.tuple(fc.nat(5), fc.nat(2), fc.integer({ min: 1, max: 3 })));
    fc.assert(
      fc.property(flows, flows, (wanted, had) => {
        const desired = setOf(...wanted.map((each) => flowOf(...each)));
        const installed = new FlowTable();
        const put = (entry: FlowStatsView) => installed.put(new InstalledFlow(entry));
        for (const each of had) walkFlowStats(statsOf(flowOf(...each)), put);
        for (const { before, after } of differences(desired, installed)) {
          if (after) installed.put(after);
          else if (before) installed.delete(before);
        }
        const text = (all: Iterable<Flow>) => Array.from(all, contentOf).sort();
        expect(text(installed.values())).toEqual(text(desired.values()));
      }),
    );
  });

  it('of very many flows are looked for by turns, and what changes meanwhile is seen', async () => {
    const desired = setOf(...Array.from({ length: 40_000 }, (_, at) => flowOf(at)));
    const installed = new FlowTable();
    for (const flow of desired.values()) installed.put(flow);
    installed.delete(flowOf(39_999));
    let turns = 0;
    class Meanwhile extends Turns {
      override async next(): Promise<void> {
        turns += 1;
        if (isChanged && turns === 1) desired.replace([flowOf(1)], [flowOf(1, 1, 9)]);
        await super.next();
      }
    }
    let isChanged = false;
    expect((await compareByTurns(desired, installed, new Meanwhile()))()).toHaveLength(1);
    expect(turns).toBeGreaterThan(3);
    [turns, isChanged] = [0, true];
    const compared = await compareByTurns(desired, installed, new Meanwhile());
    expect(compared()).toEqual(differences(desired, installed));
    expect(compared()).toHaveLength(2);
    // Until it is asked.
    desired.replace([flowOf(2)], []);
    expect(compared()).toHaveLength(3);
  });

  it('finds a flow in the notation of another version', () => {
    const wanted = makeFlow(0, 300, { hi: 0x74000000, lo: 1 }, [{ field: 'metadata', value: 1n }], []);
    // With a mask of all bits.
    const match = Buffer.from(`0001001880000510${'0000000000000001'}${'ff'.repeat(8)}`, 'hex');
    const found = new Flow(flowKey(0, 300, match), wanted.cookieHi, wanted.cookieLo, wanted.content);
    expect(found.key).not.toBe(wanted.key);
    const installed = new FlowTable();
    installed.put(found);
    expect(differences(setOf(wanted), installed)).toEqual([]);
    expect(differences(setOf(), installed)).toHaveLength(1);
  });
});
