import type { Model } from '#controller/model/model';
import { tunnelTypeOf } from '#controller/model/tunnel-ends';
import type { SwitchReconciler } from '#controller/reconciler/switch';
import { groupSetKey } from '#controller/store/indexes';
import type { ChassisRecord, NetworkRecord, PortRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';

/** What is asked of a switch to judge its ports. */
export type SwitchView = Pick<
  SwitchReconciler,
  'connection' | 'state' | 'isWorking' | 'isSettled' | 'isFaulty' | 'hasFaults'
>;

/** What is needed to judge whether a port works. */
export interface PortFacts {
  readonly store: StoreView;
  readonly model: Pick<Model, 'homeOf'>;
  readonly switchOf: (chassisId: string) => SwitchView | undefined;
}

/**
 * Why a port cannot do its work, a sentence for tenants, who are not told of hypervisors and their networks; nothing when
 * it does, or only waits for its switch.
 */
export function problemOf(port: PortRecord, facts: PortFacts): string | undefined {
  const { store, model } = facts;
  if (!port.adminStateUp) return 'it is administratively down';
  if (!store.get('networks', port.networkId)?.adminStateUp) return 'its network is administratively down';
  const home = model.homeOf(port.id);
  return home === undefined ? 'it is not plugged' : faultOf(port, home, facts);
}

/** What is missing on the port's own hypervisor: a way out for its network, or flows; undefined when nothing is. */
export function faultOf(
  port: PortRecord,
  home: string,
  { store, switchOf }: Pick<PortFacts, 'store' | 'switchOf'>,
): string | undefined {
  const network = store.get('networks', port.networkId);
  const chassis = store.get('chassis', home);
  if (network === undefined || chassis === undefined) return undefined;
  if (missingWay(chassis, network) !== undefined) return 'its hypervisor has no way into its network';
  const own = switchOf(home);
  if (!own?.hasFaults) return undefined;
  const isRefused = own.isFaulty('localPort', port.key) || own.isFaulty('segment', network.key);
  if (isRefused || isUnfiltered(port, store, own)) return 'its switch refuses flows that it needs';
  return undefined;
}

/** Whether flows are missing that decide which packets a port with port security may send and get. */
function isUnfiltered(port: PortRecord, store: StoreView, own: SwitchView): boolean {
  if (!port.portSecurityEnabled) return false;
  if (own.isFaulty('firewall', THE_FIREWALL) || own.isFaulty('firewallPort', port.key)) return true;
  const [policy] = store.find('policies', 'groupSet', groupSetKey(port));
  return policy !== undefined && own.isFaulty('policy', policy.key);
}

/** Key of the one fact of its kind that a switch has. */
const THE_FIREWALL = 1;

/** What a hypervisor would need to carry a network to others, and has not. */
export function missingWay(chassis: ChassisRecord, network: NetworkRecord): string | undefined {
  const { physicalNetwork, type } = network;
  const tunnel = tunnelTypeOf(type);
  if (tunnel !== undefined && chassis.tunnelPorts[tunnel] === undefined)
    return `no ${tunnel} tunnel port (external_ids:tenantflow-encap-type)`;
  if (physicalNetwork === null) return undefined;
  const physical = chassis.physicalNetworks.find(({ name }) => name === physicalNetwork);
  if (physical === undefined)
    return `no bridge to ${physicalNetwork} (external_ids:tenantflow-bridge-mappings)`;
  return physical.ofport === null ? `no patch to its bridge to ${physicalNetwork}` : undefined;
}
