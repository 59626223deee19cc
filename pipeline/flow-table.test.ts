import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Flow, makeFlow } from './flow.ts';
import { FlowTable } from './flow-table.ts';

function flowOf(port: number, owner: number): Flow {
  return makeFlow(3, 10, { hi: 0x74000000, lo: owner }, [{ field: 'in_port', value: port }], []);
}

describe('FlowTable', () => {
  it('is a Map by keys, whatever comes and goes', () => {
    const step = fc.record({
      what: fc.constantFrom('put', 'put', 'offer', 'delete'),
      port: fc.nat(40),
      owner: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new FlowTable();
        const model = new Map<string, Flow>();
        for (const { what, port, owner } of steps) {
          const flow = flowOf(port, owner);
          const known = model.get(flow.key);
          if (what === 'delete') {
            table.delete(flow);
            model.delete(flow.key);
          } else if (what === 'put') {
            table.put(flow);
            model.set(flow.key, flow);
          } else {
            expect(table.offer(flow)).toBe(known);
            if (known === undefined) model.set(flow.key, flow);
          }
        }
        expect([...table.values()]).toEqual([...model.values()]);
        expect(table.size).toBe(model.size);
        for (let port = 0; port <= 40; port++) {
          const flow = flowOf(port, 0);
          const known = model.get(flow.key);
          expect(table.get(flow.key)).toBe(known);
          expect(table.like(flow)).toBe(known);
          expect(table.find(flow.tableId, flow.priority, flow.match)).toBe(known);
        }
      }),
    );
  });

  it('tells flows apart that have the same hash', () => {
    const table = new FlowTable();
    const [one, other] = [flowOf(1, 1), flowOf(2, 1)];
    const twins = [one, other].map((flow) => Object.assign(Object.create(flow), { hash: 7 }) as Flow);
    for (const flow of twins) table.put(flow);
    expect(twins.map((flow) => table.like(flow))).toEqual(twins);
    const [first] = twins;
    if (first) table.delete(first);
    expect(twins.map((flow) => table.like(flow)?.key)).toEqual([undefined, other.key]);
  });
});
