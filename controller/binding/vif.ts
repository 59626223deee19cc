import type { ChassisRecord, NetworkRecord, PortRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';

export const VNIC_TYPES = [
  'normal',
  'direct',
  'macvtap',
  'baremetal',
  'direct-physical',
  'virtio-forwarder',
  'smart-nic',
  'accelerator-direct',
  'accelerator-direct-physical',
  'vdpa',
  'remote-managed',
] as const;

export type VifType = 'unbound' | 'binding_failed' | BoundVifType;
type BoundVifType = 'ovs' | 'vhostuser';

/** A binding, the active one of a port or another. */
export interface Bound {
  readonly networkId: string;
  /** As `PortRecord.hostId`. */
  readonly hostId: string;
  readonly isBindingRefused?: boolean;
}

/**
 * Whether a binding leads to one of our hypervisors: `binding_failed` until one of that name has joined, while it has no
 * way into the port's network, and if it took no new ports when it was named.
 */
export function vifType(bound: Bound, store: StoreView): VifType {
  if (bound.hostId === '') return 'unbound';
  const chassis = chassisOf(bound, store);
  if (chassis === undefined) return 'binding_failed';
  return hasVhostUser(chassis) ? 'vhostuser' : 'ovs';
}

/** Whether the type of a binding says that a port may be plugged there. */
export function isBoundType(type: VifType): type is BoundVifType {
  return type !== 'unbound' && type !== 'binding_failed';
}

/** What a compute service needs to know to plug the port of that id. */
export function vifDetails(
  portId: string,
  bound: Bound,
  store: StoreView,
): Readonly<Record<string, unknown>> {
  const chassis = chassisOf(bound, store);
  if (chassis === undefined) return {};
  return {
    port_filter: true,
    ovs_hybrid_plug: false,
    connectivity: 'l2',
    bridge_name: chassis.bridge,
    datapath_type: chassis.datapathType,
    ...(hasVhostUser(chassis) && {
      vhostuser_mode: 'server',
      vhostuser_ovs_plug: true,
      // As Nova and os-vif name it.
      vhostuser_socket: `${chassis.vhostUserDir}/vhu${portId.slice(0, 11)}`,
    }),
    bound_drivers: { 0: 'tenantflow' },
  };
}

/** Only the userspace datapath has vhost-user ports. */
function hasVhostUser({ datapathType, vhostUserDir }: ChassisRecord): boolean {
  return datapathType === 'netdev' && vhostUserDir !== undefined;
}

/** Whether the hypervisor of that name takes no new ports: its admin_state_up is false. */
export function refusesPorts(store: StoreView, hostId: string): boolean {
  return hostId !== '' && chassisNamed(store, hostId)?.adminStateUp === false;
}

/** What naming a host makes of a port's binding; only what changes. */
export function boundTo(
  store: StoreView,
  hostId: string,
  before: Pick<PortRecord, 'hostId' | 'isBindingRefused'>,
): Pick<PortRecord, 'hostId' | 'isBindingRefused'> {
  // Its place on the hypervisor that it is already on is not taken from a port.
  const isOld = hostId === before.hostId && before.isBindingRefused !== true;
  const isBindingRefused = !isOld && refusesPorts(store, hostId);
  return isBindingRefused === (before.isBindingRefused ?? false) ? { hostId } : { hostId, isBindingRefused };
}

/** The hypervisor that a binding leads to, unless it failed. */
function chassisOf(bound: Bound, store: StoreView): ChassisRecord | undefined {
  const chassis = chassisNamed(store, bound.hostId);
  if (chassis === undefined || bound.isBindingRefused === true) return undefined;
  const network = store.get('networks', bound.networkId);
  return network !== undefined && reaches(chassis, network) ? chassis : undefined;
}

/** The hypervisor that a binding names: by its system-id rather than by another's hostname. */
function chassisNamed(store: StoreView, hostId: string): ChassisRecord | undefined {
  const found = store.find('chassis', 'host', hostId);
  return found.find(({ id }) => id === hostId) ?? found[0];
}

function reaches(chassis: ChassisRecord, { type, physicalNetwork }: NetworkRecord): boolean {
  if (type === 'local') return true;
  if (type === 'flat' || type === 'vlan')
    return chassis.physicalNetworks.some(({ name }) => name === physicalNetwork);
  return chassis.encapTypes.includes(type);
}
