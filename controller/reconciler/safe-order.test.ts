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
  it('keeps together, and in their order, what fits one bundle', () => {
    const changes = [go(1), come(2), change(3)];
    expect(inSafeOrder(changes, 3)).toEqual([changes]);
  });

  it('makes before it breaks, and never leads packets to where nothing is yet', () => {
    const changes = [go(2), come(0), change(1), come(5), go(0), change(4), come(3)];
    expect(tablesOf(inSafeOrder(changes, 3))).toEqual([[5, 3, 0], [4, 1, 0], [2]]);
  });
});
