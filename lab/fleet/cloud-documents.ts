import { stringify } from 'yaml';
import type { CloudTenant } from './big-cloud.ts';

/** A cloud as files for `tenantflow apply -f`: a YAML document for each tenant. `hostOf` names its hypervisors. */
export function cloudDocuments(
  tenants: readonly CloudTenant[],
  hostOf: (hypervisor: number) => string,
): string {
  return tenants
    .map(({ project, networks, groups, ports, trunks }) =>
      stringify({
        project,
        security_groups: groups,
        networks: networks.map(({ name, cidr }) => ({ name, subnets: [{ name: `${name}-v4`, cidr }] })),
        ports: ports.map(({ name, network, groups: its, hypervisor }) => ({
          name,
          network,
          ...(its.length > 0 && { security_groups: its }),
          ...(hypervisor !== undefined && { 'binding:host_id': hostOf(hypervisor) }),
        })),
        trunks: trunks.map(({ name, parent, subPorts }) => ({
          name,
          port: parent,
          sub_ports: subPorts.map(({ port, vlan }) => ({ port, segmentation_id: vlan })),
        })),
      }),
    )
    .join('---\n');
}
