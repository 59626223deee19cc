import { decodeInstructions, decodeMatch } from 'openflow-codec';
import type { Flow } from '../flow.ts';
import { conditionOf } from './make-rule.ts';
import { overlap } from './overlap.ts';

/**
 * Pairs of flows of one table and priority that some packet would match both and that do different things with it: which
 * one it hits is left open (OF 1.3.5, 5.3). Clauses of conjunctive matches don't compete with each other, nor with what
 * matches their id: they are all considered. For tests: it compares every flow of a priority with every other.
 */
export function findOverlaps(flows: Iterable<Flow>): readonly (readonly [Flow, Flow])[] {
  const rivals = new Map<
    string,
    { readonly flow: Flow; readonly condition: ReturnType<typeof conditionOf>; readonly role: Role }[]
  >();
  const found: [Flow, Flow][] = [];
  for (const flow of flows) {
    const name = `${flow.tableId} ${flow.priority}`;
    const condition = conditionOf(decodeMatch(flow.match));
    const role = roleOf(flow);
    const others = rivals.get(name) ?? [];
    for (const other of others) {
      const isClause =
        role === 'clause' ? other.role !== 'rival' : role === 'whole' && other.role === 'clause';
      const isOpen = !isClause && flow.content !== other.flow.content;
      if (isOpen && overlap(condition, other.condition)) found.push([other.flow, flow]);
    }
    rivals.set(name, [...others, { flow, condition, role }]);
  }
  return found;
}

/** What a flow is to conjunctive matches: one of their clauses, what becomes of them as a whole, or neither. */
type Role = 'clause' | 'whole' | 'rival';

function roleOf({ match, instructions }: Flow): Role {
  if (decodeMatch(match).some(({ field }) => field === 'conj_id')) return 'whole';
  const isClause = decodeInstructions(instructions).some(
    (each) => 'actions' in each && each.actions.some(({ action }) => action === 'conjunction'),
  );
  return isClause ? 'clause' : 'rival';
}
