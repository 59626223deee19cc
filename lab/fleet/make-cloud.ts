import type { RestClient } from '../rest.ts';
import type { CloudTenant } from './big-cloud.ts';
import type { FleetPlug } from './fleet.ts';

/** Ports in one request. */
const BULK = 500;

/** Makes a cloud by the API, as an admin on behalf of its tenants. Returns what is to be plugged where. */
export async function makeCloud(
  rest: RestClient,
  tenants: readonly CloudTenant[],
  hostOf: (hypervisor: number) => string,
): Promise<readonly FleetPlug[]> {
  const plugs: FleetPlug[] = [];
  for (const { project: project_id, networks, groups, ports, trunks } of tenants) {
    const nets = await rest.createMany(
      'network',
      networks.map(({ name }) => ({ project_id, name })),
    );
    await rest.createMany(
      'subnet',
      networks.map(({ name, cidr }) => ({
        project_id,
        network_id: nets.get(name),
        ip_version: 4,
        cidr,
        name,
      })),
    );
    const secGroups = await rest.createMany(
      'security_group',
      groups.map(({ name }) => ({ project_id, name })),
    );
    const rules = groups.flatMap(({ name, rules: its }) =>
      its
        .filter((rule) => !isThereAlready(rule))
        .map((rule) => ({ project_id, security_group_id: secGroups.get(name), ...rule })),
    );
    await rest.request('POST', '/v2.0/security-group-rules', { security_group_rules: rules });
    const ids = new Map<string, string>();
    for (let at = 0; at < ports.length; at += BULK) {
      const some = ports.slice(at, at + BULK).map(({ name, network, groups: its, hypervisor }) => ({
        project_id,
        name,
        network_id: nets.get(network),
        ...(its.length > 0 && { security_groups: its.map((group) => secGroups.get(group)) }),
        ...(hypervisor !== undefined && { 'binding:host_id': hostOf(hypervisor) }),
      }));
      for (const [name, id] of await rest.createMany('port', some)) ids.set(name, id);
    }
    for (const { name, hypervisor } of ports)
      if (hypervisor !== undefined)
        plugs.push({ hypervisor, name: `tap${plugs.length}`, portId: ids.get(name) ?? '' });
    for (const { name, parent, subPorts } of trunks)
      await rest.create('trunk', {
        project_id,
        name,
        port_id: ids.get(parent),
        sub_ports: subPorts.map(({ port, vlan }) => ({
          port_id: ids.get(port),
          segmentation_type: 'vlan',
          segmentation_id: vlan,
        })),
      });
  }
  return plugs;
}

/** A new group comes with rules that let everything out. */
function isThereAlready(rule: object): boolean {
  return 'direction' in rule && rule.direction === 'egress';
}
