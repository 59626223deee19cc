import { type Change, remove, type Tenants } from './tenants.ts';

/** Ports at a time, and of those that are there only to be many: enough to have all kinds of flows, and few to be fast. */
const MOST = { ports: 14, crowd: 200 } as const;

/** What tenants do with ports, and who plugs them. */
export function portChanges(tenants: Tenants): Readonly<Record<string, Change>> {
  const { networks, ports, random } = tenants;
  let crowd: string[] = [];
  return {
    createPort: async () => {
      const network = tenants.some(networks);
      if (network === undefined || ports.length >= MOST.ports) return false;
      const port = await tenants.rest.create('port', { network_id: network.id, name: tenants.name() });
      ports.push(Object.assign(port, { network: network.id }));
      return true;
    },
    plug: async () => {
      const port = tenants.some(tenants.unplugged);
      if (port === undefined) return false;
      await tenants.plug(port);
      return true;
    },
    unplug: async () => {
      const port = tenants.some(tenants.plugged);
      if (port === undefined) return false;
      await tenants.unplug(port);
      return true;
    },
    move: async () => {
      const port = tenants.some(tenants.plugged);
      if (port === undefined) return false;
      await tenants.unplug(port);
      await tenants.plug(port);
      return true;
    },
    changePort: async () => {
      const port = tenants.some(ports);
      if (port === undefined) return false;
      const changes = [
        { admin_state_up: tenants.oneIn(2) },
        { port_security_enabled: false, security_groups: [] },
        { port_security_enabled: true },
        { allowed_address_pairs: [{ ip_address: `10.0.1.${random.below(250)}` }] },
        { allowed_address_pairs: [{ ip_address: '10.0.1.251', mac_address: '02:00:00:00:fe:01' }] },
        { allowed_address_pairs: [] },
        { 'binding:profile': random.pick([{ 'broadcast-limit': '0' }, { 'broadcast-limit': '7/9' }, {}]) },
        { 'binding:host_id': random.pick([...tenants.hosts, '']) },
      ];
      await tenants.rest.update('port', port.id, random.pick(changes));
      return true;
    },
    deletePort: async () => {
      const port = tenants.some(ports.filter((each) => !tenants.isInTrunk(each)));
      if (port === undefined || ports.length < MOST.ports / 2) return false;
      await tenants.rest.delete('port', port.id);
      remove(ports, port);
      // As often as not its interface stays, with the id of a port that is no more.
      if (port.place !== undefined && tenants.oneIn(2)) await tenants.unplug(port);
      return true;
    },
    /** Many at once, plugged nowhere: members of their group, everywhere where a rule names that. */
    crowd: async () => {
      const network = tenants.some(networks);
      const group = tenants.some(tenants.groups);
      if (network === undefined || group === undefined || crowd.length > 0) return false;
      const names = Array.from({ length: MOST.crowd }, () => tenants.name());
      const attributes = { network_id: network.id, security_groups: [group.id] };
      const ids = await tenants.rest.createMany(
        'port',
        names.map((name) => ({ name, ...attributes })),
      );
      crowd = [...ids.values()];
      return true;
    },
    disperse: async () => {
      if (crowd.length === 0) return false;
      await Promise.all(crowd.map((id) => tenants.rest.delete('port', id)));
      crowd = [];
      return true;
    },
  };
}
