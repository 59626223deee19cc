import {
  type ChassisRecord,
  type NetworkRecord,
  type PortRecord,
  type VifRecord,
  vifId,
} from '#controller/store/records';
import type { MeterRate } from '#pipeline';
import type { Firewall } from './firewall/firewall.ts';
import type { FirewallSettings } from './firewall/firewall-settings.ts';
import type { Pairs } from './pairs.ts';
import type { Placement } from './placement.ts';
import type { Recovering } from './recovering.ts';
import type { Trunks } from './trunks.ts';

/** All that facts are derived from: intent, inventory, and where ports are. */
export interface World {
  readonly networks: ReadonlyMap<string, NetworkRecord>;
  readonly ports: ReadonlyMap<string, PortRecord>;
  readonly chassis: ReadonlyMap<string, ChassisRecord>;
  readonly vifs: ReadonlyMap<string, VifRecord>;
  readonly trunks: Pick<Trunks, 'carrierOf' | 'subVlansOf'>;
  readonly placement: Placement;
  readonly pairs: Pick<Pairs, 'rangersOf' | 'macsOf'>;
  readonly firewall: Pick<Firewall, 'policies' | 'members' | 'remotes' | 'zones' | 'policyOf' | 'isUsedAt'>;
  /** Absent: there are no facts of the firewall. */
  readonly firewallSettings: FirewallSettings | undefined;
  /** Of ports that have none of their own; absent: none. */
  readonly broadcastLimit: MeterRate | undefined;
  readonly recovering: Pick<Recovering, 'isSwitch' | 'isPort'>;
}

/** A port that is wired on a hypervisor and administratively up, with what makes it so. */
export interface WiredPort {
  readonly port: PortRecord;
  readonly network: NetworkRecord;
  /** OpenFlow port number of the interface that it uses, and the tag that it wears there. */
  readonly ofport: number;
  readonly vlan: number | undefined;
  /** The claim number of that interface. */
  readonly claim: number;
  readonly role: 'home' | 'standby';
}

/** A port as it is wired on a hypervisor; nothing when it is not, or is administratively down. */
export function wiredPort(world: World, chassis: ChassisRecord, portId: string): WiredPort | undefined {
  const up = portThatIsUp(world, portId);
  const carrier = world.trunks.carrierOf(portId);
  const plugged = carrier && world.vifs.get(vifId(chassis.id, carrier.portId));
  const role = world.placement.roleAt(portId, chassis.id);
  if (!up || !plugged || role === undefined) return undefined;
  return { ...up, ofport: plugged.ofport, vlan: carrier.vlan, claim: plugged.claim, role };
}

/** A port with its network, if both are administratively up. */
export function portThatIsUp(
  world: World,
  portId: string,
): { port: PortRecord; network: NetworkRecord } | undefined {
  const port = world.ports.get(portId);
  const network = port && world.networks.get(port.networkId);
  return port?.adminStateUp && network?.adminStateUp ? { port, network } : undefined;
}
