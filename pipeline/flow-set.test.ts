import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Flow, makeFlow, sameContent } from './flow.ts';
import { type FlowChange, FlowSet } from './flow-set.ts';

/** A flow of few possible keys and cookies, so that claims meet. */
function claim(port: number, owner: number, table = 1): Flow {
  return makeFlow(
    0,
    10,
    { hi: 0x74000000, lo: owner },
    [{ field: 'in_port', value: port }],
    [{ instruction: 'goto_table', table }],
  );
}

/** What a switch has after these changes. */
function play(installed: Map<string, Flow>, changes: readonly FlowChange[]): void {
  for (const { before, after } of changes) {
    if (before && !after) expect(installed.delete(before.key)).toBe(true);
    if (after) installed.set(after.key, after);
  }
}

describe('FlowSet', () => {
  it('asks for nothing when what goes comes again', () => {
    const set = new FlowSet();
    expect(set.replace([], [claim(1, 1)])).toHaveLength(1);
    expect(set.replace([claim(1, 1)], [claim(1, 1)])).toEqual([]);
    expect(set.size).toBe(1);
  });

  it('sends one change when a flow passes from one fact to another', () => {
    const set = new FlowSet();
    set.replace([], [claim(1, 1)]);
    const [change, ...rest] = set.replace([claim(1, 1)], [claim(1, 2, 3)]);
    expect(rest).toEqual([]);
    expect(change?.before?.cookieLo).toBe(1);
    expect(change?.after?.cookieLo).toBe(2);
  });

  it('lets the lowest cookie win, and the other take over when it goes', () => {
    const set = new FlowSet();
    set.replace([], [claim(1, 2)]);
    set.replace([], [claim(1, 1)]);
    expect(set.conflicts).toBe(1);
    expect(set.get(claim(1, 1).key)?.cookieLo).toBe(1);
    set.replace([claim(1, 1)], []);
    expect(set.conflicts).toBe(0);
    expect(set.get(claim(1, 1).key)?.cookieLo).toBe(2);
  });

  it('ends in the same flows whatever the order of the claims, and its changes lead there', () => {
    const claims = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })), {
      selector: ([port, owner]) => `${port} ${owner}`,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        claims,
        fc.array(fc.nat(11), { maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        (all, gone, order) => {
          const flows = all.map(([port, owner]) => claim(port, owner, port + owner));
          const leaving = new Set(gone.flatMap((index) => flows[index] ?? []));
          const stepwise = new FlowSet();
          const installed = new Map<string, Flow>();
          const shuffled = flows
            .map((flow) => ({ flow, at: order.next().value }))
            .sort((a, b) => Number(a.at) - Number(b.at));
          for (const { flow } of shuffled) play(installed, stepwise.replace([], [flow]));
          for (const flow of leaving) play(installed, stepwise.replace([flow], []));
          const atOnce = new FlowSet();
          atOnce.replace(
            [],
            flows.filter((flow) => !leaving.has(flow)),
          );
          const byKey = (set: Iterable<Flow>) => [...set].sort((a, b) => (a.key < b.key ? -1 : 1));
          expect(byKey(stepwise.values())).toEqual(byKey(atOnce.values()));
          expect(byKey(installed.values())).toEqual(byKey(atOnce.values()));
        },
      ),
    );
  });

  it('ends as if all claims came at once, when some go and others come in one step, or come anew', () => {
    const some = fc.uniqueArray(
      fc.record({
        port: fc.integer({ min: 1, max: 3 }),
        owner: fc.integer({ min: 1, max: 3 }),
        table: fc.integer({ min: 1, max: 2 }),
      }),
      { selector: ({ port, owner }) => `${port} ${owner}`, maxLength: 6 },
    );
    const steps = fc.array(fc.record({ into: some, gone: fc.func(fc.boolean()) }), { maxLength: 8 });
    fc.assert(
      fc.property(steps, (all) => {
        const set = new FlowSet();
        const installed = new Map<string, Flow>();
        /** What each fact claims of each key. */
        const claims = new Map<string, Flow>();
        for (const { into, gone } of all) {
          const come = into.map(({ port, owner, table }) => ({
            name: `${port} ${owner}`,
            port,
            owner,
            table,
          }));
          const names = new Set(come.map(({ name }) => name));
          // What comes anew goes, too.
          const leaving = [...claims].filter(([name]) => names.has(name) || gone(name));
          for (const [name] of leaving) claims.delete(name);
          const flows = come.map(({ port, owner, table }) => claim(port, owner, table));
          for (const [at, { name }] of come.entries()) claims.set(name, flows[at] as Flow);
          const changes = set.replace(
            leaving.map(([, flow]) => flow),
            flows,
          );
          expect(new Set(changes.map(({ before, after }) => (after ?? before)?.key)).size).toBe(
            changes.length,
          );
          play(installed, changes);
          const atOnce = new FlowSet();
          atOnce.replace([], [...claims.values()]);
          const byKey = (flowsOf: Iterable<Flow>) => [...flowsOf].sort((a, b) => (a.key < b.key ? -1 : 1));
          expect(byKey(set.values())).toEqual(byKey(atOnce.values()));
          expect(byKey(installed.values())).toEqual(byKey(atOnce.values()));
          expect(set.conflicts).toBe(atOnce.conflicts);
        }
      }),
    );
  });
});

describe('sameContent', () => {
  it('sees another cookie and other instructions', () => {
    expect(sameContent(claim(1, 1), claim(1, 1))).toBe(true);
    expect(sameContent(claim(1, 1), claim(1, 2))).toBe(false);
    expect(sameContent(claim(1, 1), claim(1, 1, 2))).toBe(false);
  });
});
