import type { Api } from '../client/client.ts';
import type { ApiObject } from '../client/objects.ts';

/** A port as far as its troubles show. */
interface Port {
  readonly id: string;
  readonly status?: string | undefined;
  readonly admin_state_up?: boolean | undefined;
  readonly 'binding:host_id'?: string | null | undefined;
  readonly 'binding:vif_type'?: string | null | undefined;
}

/** Why a port is not ACTIVE and what to do, a sentence each; empty when it is. */
export async function whyDown(
  port: Port,
  network: ApiObject | undefined,
  _api: Api,
): Promise<readonly string[]> {
  if (port.status === 'ACTIVE') return [];
  if (port.admin_state_up === false) return ['it is disabled: its admin_state_up is false'];
  if (network?.admin_state_up === false)
    return ['its network is disabled: admin_state_up of the network is false'];
  const host = port['binding:host_id'];
  if (port['binding:vif_type'] === 'binding_failed')
    return [`no hypervisor ${host} has joined: see \`tenantflow status\`, or correct its binding:host_id`];
  return [
    `no interface of ${host || 'any hypervisor'} is known to be this port’s and wired up; on the hypervisor:`,
    `ovs-vsctl set Interface NAME external_ids:iface-id=${port.id}`,
  ];
}
