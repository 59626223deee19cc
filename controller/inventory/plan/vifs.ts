import { shown } from '../quote.ts';
import { type Bridge, db, rowsAt, type View } from '../view.ts';
import { ifaceId } from '../vif.ts';
import type { Repair } from './repair.ts';

/**
 * Clears the VLAN settings of VIFs' ports. Neutron's drivers plug them "dead" (tag 4095), to be freed by an agent;
 * our flows ignore these columns, but whoever looks at them or falls back to NORMAL should not find a dead port.
 */
export function planVifs(view: View, bridge: Bridge): readonly Repair[] {
  return rowsAt(view.table('Port'), bridge.ports)
    .filter((port) => port.tag !== null || port.trunks.length > 0 || port.vlan_mode !== null)
    .filter((port) =>
      rowsAt(view.table('Interface'), port.interfaces).some((each) => ifaceId(each) !== undefined),
    )
    .map((port) => ({
      what: `port ${shown(port.name)} VLAN settings`,
      operations: [
        db.update('Port', [['_uuid', '==', port._uuid]], { tag: null, trunks: [], vlan_mode: null }),
      ],
    }));
}
