import { decodeMatch } from 'openflow-codec';
import { equalBytes, type Flow } from '../flow.ts';
import { conditionOf } from './make-rule.ts';
import { overlap } from './overlap.ts';

/**
 * Pairs of flows of one table and priority that some packet would match both and that do different things with it: which
 * one it hits is left open (OF 1.3.5, 5.3). For tests: it compares every flow of a priority with every other.
 */
export function findOverlaps(flows: Iterable<Flow>): readonly (readonly [Flow, Flow])[] {
  const rivals = new Map<
    string,
    { readonly flow: Flow; readonly condition: ReturnType<typeof conditionOf> }[]
  >();
  const found: [Flow, Flow][] = [];
  for (const flow of flows) {
    const name = `${flow.tableId} ${flow.priority}`;
    const condition = conditionOf(decodeMatch(flow.match));
    const others = rivals.get(name) ?? [];
    for (const other of others) {
      const isOpen = !equalBytes(flow.instructions, other.flow.instructions);
      if (isOpen && overlap(condition, other.condition)) found.push([other.flow, flow]);
    }
    rivals.set(name, [...others, { flow, condition }]);
  }
  return found;
}
