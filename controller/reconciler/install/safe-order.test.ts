import type { Match } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import { type FlowChange, makeFlow } from '#pipeline';
import { inSafeOrder } from './safe-order.ts';

const flow = (table: number) => makeFlow(table, 1, { hi: 0x74000000, lo: 1 }, [], []);
const come = (table: number): FlowChange => ({ before: undefined, after: flow(table) });
const change = (table: number): FlowChange => ({ before: flow(table), after: flow(table) });
const go = (table: number): FlowChange => ({ before: flow(table), after: undefined });

const tablesOf = (parts: readonly (readonly FlowChange[])[]) =>
  parts.map((part) => part.map(({ before, after }) => (after ?? before)?.tableId));

describe('inSafeOrder', () => {
  it('keeps together what fits one bundle', () => {
    const changes = [go(1), come(2), change(3)];
    expect(tablesOf(inSafeOrder(changes, 3))).toEqual([[2, 3, 1]]);
  });

  it('puts such as match on the same fields beside each other', () => {
    const of = (lo: number, ...match: Match): FlowChange => ({
      before: undefined,
      after: makeFlow(3, 1, { hi: 0x74000000, lo }, match, []),
    });
    const port = (value: number) => of(value, { field: 'in_port', value });
    const both = (value: number) =>
      of(value, { field: 'in_port', value }, { field: 'metadata', value: BigInt(value) });
    const parts = inSafeOrder([port(1), both(2), port(3), both(4)]);
    expect(parts.map((part) => part.map(({ after }) => after?.cookieLo))).toEqual([[1, 3, 2, 4]]);
  });

  it('makes before it breaks, and never leads packets to where nothing is yet', () => {
    const changes = [go(2), come(0), change(1), come(5), go(0), change(4), come(3)];
    expect(tablesOf(inSafeOrder(changes, 3))).toEqual([[5, 3, 0], [4, 1, 0], [2]]);
  });
});
