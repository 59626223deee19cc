import { type Bridge, db, type View } from '../view.ts';
import type { Repair, Wanted } from './repair.ts';

/** Bounds the tables that the switch learns into. What else an operator sets of them stays. */
export function planFlowTables(view: View, bridge: Bridge, { flowTables }: Wanted): readonly Repair[] {
  return [...flowTables].flatMap(([id, { limit, groupedBy }]): Repair[] => {
    const what = `bridge ${bridge.name} flow table ${id}`;
    const settings = { flow_limit: limit, overflow_policy: 'evict', groups: [groupedBy] };
    const row = view.table('Flow_Table').get(bridge.flow_tables.get(id) ?? '');
    if (row === undefined) {
      const name = `flow_table_${id}`;
      const added = db.mutate(
        'Bridge',
        [['_uuid', '==', bridge._uuid]],
        [['flow_tables', 'insert', new Map([[id, name]])]],
      );
      return [{ what, operations: [db.insert('Flow_Table', settings, name), added] }];
    }
    const { flow_limit, overflow_policy, groups } = row;
    if (flow_limit === limit && overflow_policy === 'evict' && groups.join() === groupedBy) return [];
    return [{ what, operations: [db.update('Flow_Table', [['_uuid', '==', row._uuid]], settings)] }];
  });
}
