import { type Change, remove, type Tenants } from './tenants.ts';

/** Trunks at a time. */
const MOST = 3;

/** What tenants do with trunks and their subports. */
export function trunkChanges(tenants: Tenants): Readonly<Record<string, Change>> {
  const { ports, random, trunks } = tenants;
  return {
    createTrunk: async () => {
      const parent = tenants.some(ports.filter((each) => !tenants.isInTrunk(each)));
      if (parent === undefined || trunks.length >= MOST) return false;
      const { id } = await tenants.rest.create('trunk', { port_id: parent.id });
      trunks.push({ id, parent, children: [] });
      return true;
    },
    addSubport: async () => {
      const trunk = tenants.some(trunks);
      const child = tenants.some(tenants.unplugged.filter((each) => !tenants.isInTrunk(each)));
      if (trunk === undefined || child === undefined) return false;
      const subport = {
        port_id: child.id,
        segmentation_type: 'vlan',
        segmentation_id: 1 + random.below(4_000),
      };
      await tenants.rest.request('PUT', `/v2.0/trunks/${trunk.id}/add_subports`, { sub_ports: [subport] });
      trunk.children.push(child);
      return true;
    },
    removeSubport: async () => {
      const trunk = tenants.some(trunks.filter(({ children }) => children.length > 0));
      const child = trunk && tenants.some(trunk.children);
      if (trunk === undefined || child === undefined) return false;
      const sub_ports = [{ port_id: child.id }];
      await tenants.rest.request('PUT', `/v2.0/trunks/${trunk.id}/remove_subports`, { sub_ports });
      remove(trunk.children, child);
      return true;
    },
    changeTrunk: async () => {
      const trunk = tenants.some(trunks);
      if (trunk === undefined) return false;
      await tenants.rest.update('trunk', trunk.id, { admin_state_up: !tenants.oneIn(3) });
      return true;
    },
    deleteTrunk: async () => {
      const trunk = tenants.some(trunks);
      if (trunk === undefined || random.below(3) > 0) return false;
      await tenants.rest.delete('trunk', trunk.id);
      remove(trunks, trunk);
      return true;
    },
  };
}
