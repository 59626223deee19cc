import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyFact, edgePipeline } from '#apps';
import { type FlowChange, printFlows } from '#pipeline';
import { Desired } from './desired.ts';

const pipeline = edgePipeline();
const small = fc.integer({ min: 1, max: 4 });
const keys = fc.uniqueArray(small, { maxLength: 4 }).map((list) => list.sort());

const address = fc.record({ version: fc.constantFrom(4 as const, 6 as const), bits: small.map(BigInt) });

/** Facts of few keys, networks and addresses, so that they meet: two facts may even claim one flow. */
const fact: fc.Arbitrary<AnyFact> = fc.oneof(
  fc.record({
    kind: fc.constant('localPort' as const),
    key: small,
    network: small,
    mac: small.map(BigInt),
    ofport: small,
    addresses: fc.array(address, { maxLength: 2 }),
    isContested: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('remotePort' as const),
    key: small,
    network: small,
    mac: small.map(BigInt),
    peer: small,
    tunnelKey: small,
    isGuarded: fc.boolean(),
    addresses: fc.array(address, { maxLength: 2 }),
    isContested: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('segment' as const), key: small, ports: keys, peers: fc.constant([]) }),
  fc.record({
    kind: fc.constant('segment' as const),
    key: small,
    ports: keys,
    peers: keys,
    tunnel: fc.record({ key: small, ofport: small }),
  }),
  fc.record({
    kind: fc.constant('peer' as const),
    key: small,
    address,
    sources: fc.uniqueArray(address, { selector: ({ version, bits }) => `${version} ${bits}`, maxLength: 2 }),
    ofport: small,
  }),
  fc.record({ kind: fc.constant('tunnelPort' as const), key: small }),
);
const nameOf = ({ kind, key }: AnyFact) => `${kind} ${key}`;

describe('Desired', () => {
  it('has after any changes of facts, compiled or not, the flows that the final facts give at once', () => {
    const steps = fc.array(
      fc.record({
        puts: fc.array(fact, { maxLength: 4 }),
        drops: fc.array(fact, { maxLength: 2 }),
        compiles: fc.nat({ max: 20 }),
      }),
      {
        maxLength: 15,
      },
    );
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 12 }), steps, (begin, commits) => {
        const facts = new Map(begin.map((each) => [nameOf(each), each]));
        const incremental = new Desired(pipeline, facts.values());
        const installed = new Map(pipeline.base.map((flow) => [flow.key, flow]));
        const take = (changes: readonly FlowChange[]) => {
          for (const { before, after } of changes) {
            if (after) installed.set(after.key, after);
            else if (before) installed.delete(before.key);
          }
        };
        for (const { puts, drops, compiles } of commits) {
          const gone: AnyFact[] = [];
          const come = new Map<string, AnyFact>();
          for (const next of [...drops, ...puts]) {
            const before = facts.get(nameOf(next));
            if (before && !come.has(nameOf(next)) && !gone.includes(before)) gone.push(before);
            if (puts.includes(next)) come.set(nameOf(next), next);
          }
          for (const each of gone) facts.delete(nameOf(each));
          for (const each of come.values()) facts.set(nameOf(each), each);
          take(incremental.apply({ gone, come: [...come.values()] }));
          take(incremental.compileMore(compiles));
        }
        take(incremental.compileMore(Number.POSITIVE_INFINITY));
        expect(incremental.isComplete).toBe(true);
        const recomputed = new Desired(pipeline, facts.values());
        const text = (flows: Desired['flows']) => printFlows(flows.values(), pipeline.layout);
        expect(text(incremental.flows)).toBe(text(recomputed.flows));
        // What was sent, change by change, leaves the switch with the same.
        expect(printFlows(installed.values(), pipeline.layout)).toBe(text(recomputed.flows));
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('leaves out a fact that cannot be compiled, says so, and forgets it when it goes', () => {
    const desired = new Desired(pipeline, []);
    const bad: AnyFact = {
      kind: 'segment',
      key: 1,
      ports: Array.from({ length: 5_000 }, (_, at) => at),
      peers: [],
    };
    const good: AnyFact = { kind: 'tunnelPort', key: 1 };
    expect(desired.apply({ gone: [], come: [bad, good] })).toHaveLength(1);
    expect([...desired.faults].map(({ fact, error }) => [fact.key, error.code])).toEqual([
      [1, 'PIPE_BUDGET'],
    ]);
    desired.apply({ gone: [bad], come: [] });
    expect([...desired.faults]).toEqual([]);
  });
});
