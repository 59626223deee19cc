import { z } from 'zod';
import type { Api } from '../client/client.ts';
import { Refused } from '../client/failure.ts';
import type { ApiObject } from '../client/objects.ts';

/** A port as far as its troubles show. */
interface Port {
  readonly id: string;
  readonly status?: string | undefined;
  readonly admin_state_up?: boolean | undefined;
  readonly 'binding:host_id'?: string | null | undefined;
  readonly 'binding:vif_type'?: string | null | undefined;
}

const placementSchema = z.object({
  switch: z.string().nullable(),
  plugged: z.array(z.object({ switch: z.string(), interface: z.string(), ofport: z.number() })).nullable(),
  problem: z.string().nullable(),
});
export type Placement = z.infer<typeof placementSchema>;

/** Where a port is plugged; undefined for callers who may not know. */
export async function placementFor(id: string, api: Api): Promise<Placement | undefined> {
  try {
    return placementSchema.safeParse(await api.request('GET', `/v1/ports/${id}`)).data;
  } catch (error) {
    if (error instanceof Refused && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}

/** Where a port is, a line for each interface. */
export function placesIn(placement: Placement | undefined): readonly string[] {
  const { switch: home = null, plugged = null } = placement ?? {};
  if (plugged === null) return ['not shown to this caller'];
  if (plugged.length > 0)
    return plugged.map(
      (each) =>
        `${each.switch}, interface ${each.interface} (OpenFlow port ${each.ofport})${each.switch === home ? '' : ', not wired'}`,
    );
  return [home === null ? 'plugged in nowhere' : `${home}, by the interface of its trunk’s parent`];
}

/** The controller's words for a port that nothing claims. */
const NOT_PLUGGED = 'it is not plugged';

/** Why a port is not ACTIVE and what to do, a sentence each; empty when it is. */
export function whyDown(
  port: Port,
  network: ApiObject | undefined,
  placement: Placement | undefined,
): readonly string[] {
  if (port.status === 'ACTIVE') return [];
  if (port.admin_state_up === false) return ['it is disabled: its admin_state_up is false'];
  if (network?.admin_state_up === false)
    return ['its network is disabled: admin_state_up of the network is false'];
  const host = port['binding:host_id'];
  if (port['binding:vif_type'] === 'binding_failed')
    return [`no hypervisor ${host} has joined: see \`tenantflow status\`, or correct its binding:host_id`];
  if (placement?.problem && placement.problem !== NOT_PLUGGED) return [placement.problem];
  return [
    `it is not plugged in; on ${host || 'its hypervisor'}:`,
    `ovs-vsctl set Interface NAME external_ids:iface-id=${port.id}`,
  ];
}
