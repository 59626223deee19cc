import { type Change, remove, type Tenants } from './tenants.ts';

/** Networks at a time: enough to have all kinds, and few to have several ports in each. */
const MOST = 6;

/** What tenants do with networks. */
export function networkChanges(tenants: Tenants): Readonly<Record<string, Change>> {
  const { networks, random } = tenants;
  return {
    createNetwork: async () => {
      if (networks.length >= MOST) return false;
      const vlan = {
        'provider:network_type': 'vlan',
        'provider:physical_network': PHYSICAL_NETWORK,
        'provider:segmentation_id': 1 + (tenants.serial() % 4_000),
      };
      const kind = random.pick([
        {},
        { 'provider:network_type': 'gre' },
        { 'provider:network_type': 'geneve' },
        { 'provider:network_type': 'flat', 'provider:physical_network': PHYSICAL_NETWORK },
        vlan,
        { ...vlan, qinq: true },
        { vlan_transparent: true },
      ]);
      const network = await tenants.rest.create('network', { name: tenants.name(), ...kind });
      networks.push(network);
      await tenants.rest.create('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/23' });
      if (tenants.oneIn(2))
        await tenants.rest.create('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
      return true;
    },
    changeNetwork: async () => {
      const network = tenants.some(networks);
      if (network === undefined) return false;
      await tenants.rest.update('network', network.id, { admin_state_up: !tenants.oneIn(3) });
      return true;
    },
    deleteNetwork: async () => {
      const network = tenants.some(networks);
      const of = tenants.ports.filter((port) => port.network === network?.id);
      if (network === undefined || networks.length < MOST / 2 || of.length > 0) return false;
      await tenants.rest.delete('network', network.id);
      remove(networks, network);
      return true;
    },
  };
}

/** To which hypervisors have a bridge of their own. */
export const PHYSICAL_NETWORK = 'physnet1';
