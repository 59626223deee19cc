import { BlockList } from 'node:net';
import type { BackupObject } from '#controller/store/backup-reader';
import { type CloudViews, subPortsOf, type View } from './cloud-state.ts';

/** What is true of every cloud, whatever was done to it; a line for each breach. */
export function breaches(cloud: CloudViews): readonly string[] {
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const unique = (what: string, values: readonly string[]) => {
    const seen = new Set<string>();
    for (const value of values) {
      must(!seen.has(value), `${what} ${value} twice`);
      seen.add(value);
    }
  };
  const by = (views: readonly View[]) => new Map(views.map((view) => [view.id, view]));
  const networks = by(cloud.networks);
  const subnets = by(cloud.subnets);
  const ports = by(cloud.ports);
  const groups = by(cloud['security-groups']);
  for (const [kind, views] of Object.entries(cloud))
    unique(
      `id in ${kind}`,
      views.map(({ id }) => id),
    );

  unique(
    'segment',
    cloud.networks.map((view) => `${view['provider:network_type']} ${view['provider:segmentation_id']}`),
  );
  for (const network of cloud.networks) {
    const own = cloud.subnets.filter((subnet) => subnet.network_id === network.id).map(({ id }) => id);
    must(sameSet(network.subnets as string[], own), `subnets of network ${network.id}`);
  }
  for (const subnet of cloud.subnets)
    must(networks.has(String(subnet.network_id)), `network of subnet ${subnet.id}`);

  const addresses: string[] = [];
  for (const port of cloud.ports) {
    must(networks.has(String(port.network_id)), `network of port ${port.id}`);
    for (const group of port.security_groups as string[]) must(groups.has(group), `group of port ${port.id}`);
    for (const { subnet_id, ip_address } of port.fixed_ips as { subnet_id: string; ip_address: string }[]) {
      const subnet = subnets.get(subnet_id);
      must(subnet?.network_id === port.network_id, `subnet of port ${port.id}`);
      must(isInside(ip_address, String(subnet?.cidr)), `address ${ip_address} of port ${port.id}`);
      addresses.push(`${subnet_id} ${ip_address}`);
    }
  }
  unique('address', addresses);
  unique(
    'MAC',
    cloud.ports.map((port) => `${port.network_id} ${port.mac_address}`),
  );

  const members: string[] = [];
  for (const trunk of cloud.trunks) {
    must(ports.has(String(trunk.port_id)), `parent of trunk ${trunk.id}`);
    members.push(String(trunk.port_id));
    const subPorts = subPortsOf(trunk);
    for (const { port_id } of subPorts) {
      must(ports.has(port_id), `subport ${port_id} of trunk ${trunk.id}`);
      members.push(port_id);
    }
    unique(
      `VLAN of trunk ${trunk.id}`,
      subPorts.map(({ segmentation_id }) => `${segmentation_id}`),
    );
  }
  // Parent of one trunk, or subport in one, and never both.
  unique('trunk member', members);

  for (const group of cloud['security-groups']) {
    const own = cloud['security-group-rules'].filter((rule) => rule.security_group_id === group.id);
    const shown = (group.security_group_rules as View[]).map(({ id }) => id);
    must(
      sameSet(
        shown,
        own.map(({ id }) => id),
      ),
      `rules of group ${group.id}`,
    );
  }
  for (const rule of cloud['security-group-rules']) {
    must(groups.has(String(rule.security_group_id)), `group of rule ${rule.id}`);
    const remote = rule.remote_group_id;
    must(remote === null || groups.has(String(remote)), `remote group of rule ${rule.id}`);
  }
  unique(
    'default group',
    cloud['security-groups']
      .filter(({ name }) => name === 'default')
      .map((group) => String(group.project_id)),
  );
  return problems;
}

/** Numbers in the pipeline, which the API does not show and a backup does: never given twice. */
export function keyBreaches(objects: readonly BackupObject[]): readonly string[] {
  const seen = new Set<string>();
  return objects.flatMap(([collection, id, value]) => {
    if (!('key' in value)) return [];
    const name = `${collection} ${value.key}`;
    const problem = seen.has(name) ? [`key ${value.key} of ${collection} ${id} twice`] : [];
    seen.add(name);
    return problem;
  });
}

/** Policies, which the API does not show either: one for each set of groups that guarded ports have. */
export function policyBreaches(objects: readonly BackupObject[]): readonly string[] {
  const setsIn = (wanted: string, isCounted: (value: object) => boolean) =>
    objects.flatMap(([collection, , value]) =>
      collection === wanted && isCounted(value) && 'securityGroupIds' in value
        ? [String(value.securityGroupIds)]
        : [],
    );
  const used = new Set(
    setsIn('ports', (port) => 'portSecurityEnabled' in port && port.portSecurityEnabled === true),
  );
  const kept = setsIn('policies', () => true);
  return sameSet([...used], kept)
    ? []
    : [`policies of ${kept.join(' | ')}, ports of ${[...used].join(' | ')}`];
}

function isInside(address: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const range = new BlockList();
  range.addSubnet(network, Number(prefix), 'ipv4');
  return range.check(address, 'ipv4');
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}
