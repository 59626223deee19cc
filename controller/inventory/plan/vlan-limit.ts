import { db, type View } from '../view.ts';
import type { Repair } from './repair.ts';

const VLAN_LIMIT = 'vlan-limit';

/**
 * Keeps `other_config:vlan-limit` at 1, Open vSwitch's default: at 0 or 2 a flow that the userspace datapath has cached
 * for packets with one VLAN tag also takes those with two, past flows that drop them.
 */
export function planVlanLimit(view: View): readonly Repair[] {
  return [...view.table('Open_vSwitch').values()]
    .filter(({ other_config: config }) => (config.get(VLAN_LIMIT) ?? '1') !== '1')
    .map(({ _uuid }) => ({
      what: `other_config:${VLAN_LIMIT}`,
      operations: [
        db.mutate('Open_vSwitch', [['_uuid', '==', _uuid]], [['other_config', 'delete', [VLAN_LIMIT]]]),
      ],
    }));
}
