import type { ChassisRecord, PortRecord } from '#controller/store/records';
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

/** Whether a port's host is one of ours: `binding_failed` until a hypervisor of that name has joined. */
export function vifType(port: PortRecord, store: StoreView): 'unbound' | 'binding_failed' | 'ovs' {
  if (port.hostId === '') return 'unbound';
  return chassisNamed(store, port.hostId) === undefined ? 'binding_failed' : 'ovs';
}

/** What a compute service needs to know to plug the port. */
export function vifDetails(port: PortRecord, store: StoreView): Readonly<Record<string, unknown>> {
  const host = port.hostId === '' ? undefined : chassisNamed(store, port.hostId);
  if (host === undefined) return {};
  return {
    port_filter: true,
    ovs_hybrid_plug: false,
    connectivity: 'l2',
    bridge_name: host.bridge,
    datapath_type: host.datapathType,
    bound_drivers: { 0: 'tenantflow' },
  };
}

/** The hypervisor that a binding names: by its system-id rather than by another's hostname. */
export function chassisNamed(store: StoreView, hostId: string): ChassisRecord | undefined {
  const found = store.find('chassis', 'host', hostId);
  return found.find(({ id }) => id === hostId) ?? found[0];
}
