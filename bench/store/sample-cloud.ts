import { createHash } from 'node:crypto';
import type {
  NetworkRecord,
  PortRecord,
  SecurityGroupRecord,
  SecurityGroupRuleRecord,
  SubnetRecord,
  TrunkRecord,
  VifRecord,
} from '#controller/store/records';
import { vifId } from '#controller/store/records';
import type { CollectionName, Collections } from '#controller/store/store';

type StoredObject = readonly [CollectionName, string, Collections[CollectionName]];

const PORTS = 20;
const SUBPORTS = 5;
const PLUGGED = 16;
const RULES = 6;

/**
 * A cloud of so many objects, in the shape that the API gives them: tenants with a network, a subnet, 20 ports of
 * which 16 are plugged in and 5 are in a trunk, a security group and its rules. The same on each call.
 */
export function* sampleCloud(count: number): Generator<StoredObject> {
  let left = count;
  for (let tenant = 0; left > 0; tenant++)
    for (const object of tenantObjects(tenant)) if (left-- > 0) yield object;
}

function* tenantObjects(tenant: number): Generator<StoredObject> {
  const projectId = uuid(`project ${tenant}`).replaceAll('-', '');
  const resource = (what: string, name: string) => ({
    id: uuid(`${what} ${tenant}`),
    name,
    description: '',
    projectId,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-02T00:00:00Z',
    revisionNumber: 3,
    tags: [],
  });
  const network: NetworkRecord = {
    ...resource('network', `net-${tenant}`),
    key: tenant + 1,
    adminStateUp: true,
    shared: false,
    external: false,
    portSecurityEnabled: true,
    mtu: 1450,
    type: 'vxlan',
    physicalNetwork: null,
    segmentationId: tenant + 1,
    vlanTransparent: false,
    qinq: false,
  };
  yield ['networks', network.id, network];
  const subnet: SubnetRecord = {
    ...resource('subnet', `subnet-${tenant}`),
    networkId: network.id,
    ipVersion: 4,
    cidr: '10.0.0.0/24',
    gatewayIp: '10.0.0.1',
    enableDhcp: true,
    allocationPools: [{ start: '10.0.0.2', end: '10.0.0.254' }],
    dnsNameservers: ['192.0.2.53'],
    hostRoutes: [],
    ipv6RaMode: null,
    ipv6AddressMode: null,
  };
  yield ['subnets', subnet.id, subnet];
  const group: SecurityGroupRecord = {
    ...resource('group', 'default'),
    key: tenant + 1,
    stateful: true,
    isDefault: true,
  };
  yield ['securityGroups', group.id, group];
  for (let at = 0; at < RULES; at++) {
    const { name: _, ...common } = resource(`rule ${at}`, '');
    const rule: SecurityGroupRuleRecord = {
      ...common,
      key: tenant * RULES + at + 1,
      securityGroupId: group.id,
      direction: at < 2 ? 'egress' : 'ingress',
      ethertype: at % 2 === 0 ? 'IPv4' : 'IPv6',
      protocol: at < 4 ? null : 'tcp',
      portRangeMin: at < 4 ? null : 443,
      portRangeMax: at < 4 ? null : 443,
      remoteIpPrefix: null,
      remoteGroupId: at === 2 || at === 3 ? group.id : null,
    };
    yield ['securityGroupRules', rule.id, rule];
  }
  const ports = Array.from({ length: PORTS }, (_, at): PortRecord => {
    const key = tenant * PORTS + at + 1;
    return {
      ...resource(`port ${at}`, `vm-${at}`),
      key,
      networkId: network.id,
      macAddress: `fa:16:3e${key.toString(16).padStart(6, '0').replace(/../g, ':$&')}`,
      fixedIps: [{ subnetId: subnet.id, ipAddress: `10.0.0.${at + 10}` }],
      allowedAddressPairs: [],
      adminStateUp: true,
      status: at < PLUGGED ? 'ACTIVE' : 'DOWN',
      deviceId: uuid(`device ${at} ${tenant}`),
      deviceOwner: 'compute:nova',
      hostId: `hv${key % 500}`,
      vnicType: 'normal',
      bindingProfile: {},
      inactiveBindings: [],
      portSecurityEnabled: true,
      securityGroupIds: [group.id],
      ipAllocation: 'immediate',
      extraDhcpOpts: [],
    };
  });
  for (const port of ports) yield ['ports', port.id, port];
  for (const port of ports.slice(0, PLUGGED)) {
    const id = vifId(port.hostId, port.id);
    const vif: VifRecord = {
      id,
      chassisId: port.hostId,
      portId: port.id,
      name: `tap${port.id.slice(0, 11)}`,
      ofport: (port.key % 60_000) + 1,
      claim: port.key,
    };
    yield ['vifs', id, vif];
  }
  const [parent, ...others] = ports.map(({ id }) => id);
  const trunk: TrunkRecord = {
    ...resource('trunk', `trunk-${tenant}`),
    portId: parent ?? '',
    adminStateUp: true,
    status: 'ACTIVE',
    problems: [],
    subPorts: others.slice(0, SUBPORTS).map((portId, at) => ({
      portId,
      segmentationType: 'vlan',
      segmentationId: at + 100,
    })),
  };
  yield ['trunks', trunk.id, trunk];
}

/** A UUID that looks random and is the same for each seed. */
function uuid(seed: string): string {
  const hex = createHash('md5').update(seed).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}
