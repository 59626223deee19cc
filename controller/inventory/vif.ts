import type { VifRows } from '#controller/store/records';
import { isPlainName } from './hypervisor.ts';
import { quote } from './quote.ts';
import { type Bridge, bridgeNamed, type Interface, rowsAt, type View } from './view.ts';

/** An interface as the hypervisor's database shows it, plugged or not. */
export interface Vif {
  readonly name: string;
  readonly ofport: number;
  readonly rows: VifRows;
}

/** The Neutron port that an interface serves: external_ids:iface-id, if it is a name that we can keep. */
export function ifaceId(row: Pick<Interface, 'external_ids'>): string | undefined {
  const id = row.external_ids.get('iface-id');
  return id !== undefined && isPlainName(id) ? id : undefined;
}

/** The name of the interface that serves a port until now, if there is one. */
export type Incumbent = (portId: string) => string | undefined;

/**
 * The bridge's plugged interfaces by iface-id, in its ascending order. Of two with one iface-id the one that serves it
 * already keeps it: nobody takes a running VM's port away by plugging another. Between new ones the name that sorts
 * first wins.
 */
export function describeVifs(view: View, bridgeName: string, incumbent: Incumbent): ReadonlyMap<string, Vif> {
  const bridge = bridgeNamed(view, bridgeName);
  const found = new Map<string, Vif>();
  for (const row of bridge === undefined ? [] : interfacesOf(view, bridge)) {
    const id = ifaceId(row);
    const ofport = ofportOf(row);
    if (id === undefined || ofport === undefined || !INTERFACE_NAME.test(row.name)) continue;
    const other = found.get(id);
    const serves = incumbent(id);
    const wins =
      other === undefined || row.name === serves || (other.name !== serves && row.name < other.name);
    const rows = { bridge: bridge?._uuid ?? '', interface: row._uuid };
    if (wins) found.set(id, { name: row.name, ofport, rows });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Why an interface is not used although it is meant to be, in OVS's words or ours; undefined when it is. */
export function interfaceProblem(row: Interface, vifs: ReadonlyMap<string, Vif>): string | undefined {
  const id = row.external_ids.get('iface-id');
  if (id !== undefined && !isPlainName(id)) return `external_ids:iface-id=${quote(id)} is not a plain name`;
  if (id !== undefined && !INTERFACE_NAME.test(row.name)) return 'its name cannot be kept';
  if (row.error !== null) return quote(row.error);
  if (row.ofport === -1) return 'no such device';
  const serves = id === undefined ? undefined : vifs.get(id)?.name;
  return serves === undefined || serves === row.name
    ? undefined
    : `its iface-id is that of interface ${quote(serves)}, which keeps it`;
}

/** The interfaces of all the bridge's ports. */
export function interfacesOf(view: View, bridge: Bridge): readonly Interface[] {
  return rowsAt(view.table('Port'), bridge.ports).flatMap((port) =>
    rowsAt(view.table('Interface'), port.interfaces),
  );
}

/** Printable ASCII; Linux allows 15 characters, datapaths in user space more. */
const INTERFACE_NAME = /^[\x21-\x7e]{1,255}$/;
/** The largest OpenFlow port number that OVS gives an interface (OFPP_MAX of OpenFlow 1.0). */
const OFPORT_MAX = 0xfeff;

/** The interface's OpenFlow port; undefined while OVS has given it none, or -1 because the device is missing. */
export function ofportOf({ ofport }: Pick<Interface, 'ofport'>): number | undefined {
  return ofport !== null && ofport > 0 && ofport <= OFPORT_MAX ? ofport : undefined;
}
