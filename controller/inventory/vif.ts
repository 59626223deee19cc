import { isPlainName } from './hypervisor.ts';
import { type Bridge, type Interface, rowsAt, type View } from './view.ts';

/** The Neutron port that an interface serves: external_ids:iface-id, if it is a name that we can keep. */
export function ifaceId(row: Pick<Interface, 'external_ids'>): string | undefined {
  const id = row.external_ids.get('iface-id');
  return id !== undefined && isPlainName(id) ? id : undefined;
}

/** The bridge's interfaces by iface-id, plugged or not. */
export function* vifsOf(view: View, bridge: Bridge): Generator<readonly [id: string, row: Interface]> {
  for (const port of rowsAt(view.table('Port'), bridge.ports)) {
    for (const row of rowsAt(view.table('Interface'), port.interfaces)) {
      const id = ifaceId(row);
      if (id !== undefined) yield [id, row];
    }
  }
}

/** The largest OpenFlow port number that OVS gives an interface (OFPP_MAX of OpenFlow 1.0). */
const OFPORT_MAX = 0xfeff;

/** The interface's OpenFlow port; undefined while OVS has given it none, or -1 because the device is missing. */
export function ofportOf({ ofport }: Pick<Interface, 'ofport'>): number | undefined {
  return ofport !== null && ofport > 0 && ofport <= OFPORT_MAX ? ofport : undefined;
}
