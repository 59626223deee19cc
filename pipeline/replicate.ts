import type { Emit } from './app.ts';
import type { Assignment, Branch, FlowBuilder } from './builder.ts';
import { regs } from './registers.ts';
import type { MatchName, Table } from './table.ts';

/** Branches in one flow: at about 60 bytes each this stays far from the 65,535 bytes of a message (OF 1.3.5, 7.1). */
export const BRANCHES_PER_FLOW = 500;

/**
 * Emits the flows that send a copy of a packet along every branch, in as many parts as the largest size of a message
 * requires. The table must match on `floodPart`, and packets must enter it with that register at 0.
 */
export function emitReplication<M extends MatchName>(
  emit: Emit,
  table: Table<M | 'floodPart'>,
  priority: number,
  when: (flow: FlowBuilder<M | 'floodPart'>) => void,
  set: readonly Assignment[],
  branches: readonly Branch[],
): void {
  const parts = Math.max(1, Math.ceil(branches.length / BRANCHES_PER_FLOW));
  for (let part = 0; part < parts; part++) {
    const flow = emit(table, priority);
    when(flow);
    flow.when('floodPart', part);
    for (const [target, value] of set) flow.set(target, value);
    // The parts themselves are looked up, too.
    if (part === 0) flow.checkBudget([...branches, ...Array<Branch>(parts - 1).fill({ set: [], to: table })]);
    const chunk = branches.slice(part * BRANCHES_PER_FLOW, (part + 1) * BRANCHES_PER_FLOW);
    const more: Branch[] = part + 1 < parts ? [{ set: [[regs.floodPart, part + 1]], to: table }] : [];
    flow.replicate([...chunk, ...more]);
  }
}
