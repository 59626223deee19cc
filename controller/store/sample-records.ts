import {
  type ChassisRecord,
  type NetworkRecord,
  type PortRecord,
  type SecurityGroupRecord,
  type SecurityGroupRuleRecord,
  type TrunkRecord,
  type VifRecord,
  vifId,
} from './records.ts';

const common = {
  name: '',
  description: '',
  projectId: 'p',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  revisionNumber: 0,
  tags: [],
};

/** A VXLAN network, for tests. */
export function sampleNetwork(id: string, changes: Partial<NetworkRecord> = {}): NetworkRecord {
  return {
    ...common,
    id,
    key: 1,
    adminStateUp: true,
    shared: false,
    external: false,
    portSecurityEnabled: true,
    mtu: 1450,
    type: 'vxlan',
    physicalNetwork: null,
    segmentationId: 1,
    vlanTransparent: false,
    qinq: false,
    ...changes,
  };
}

/** A port with no address, for tests. */
export function samplePort(id: string, changes: Partial<PortRecord> = {}): PortRecord {
  return {
    ...common,
    id,
    key: 1,
    networkId: 'n',
    macAddress: '02:00:00:00:00:01',
    fixedIps: [],
    allowedAddressPairs: [],
    adminStateUp: true,
    status: 'DOWN',
    deviceId: '',
    deviceOwner: '',
    hostId: '',
    vnicType: 'normal',
    bindingProfile: {},
    inactiveBindings: [],
    securityGroupIds: [],
    portSecurityEnabled: true,
    ipAllocation: 'immediate',
    extraDhcpOpts: [],
    ...changes,
  };
}

/** A stateful security group without rules, for tests. */
export function sampleGroup(id: string, changes: Partial<SecurityGroupRecord> = {}): SecurityGroupRecord {
  return { ...common, id, key: 1, stateful: true, isDefault: false, ...changes };
}

/** A rule that admits all IPv4 into the ports of its group, for tests. */
export function sampleRule(
  id: string,
  changes: Partial<SecurityGroupRuleRecord> = {},
): SecurityGroupRuleRecord {
  const { name, tags, ...owned } = common;
  return {
    ...owned,
    id,
    key: 1,
    securityGroupId: 'g',
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: null,
    portRangeMin: null,
    portRangeMax: null,
    remoteIpPrefix: null,
    remoteGroupId: null,
    ...changes,
  };
}

/** A trunk without subports, for tests. */
export function sampleTrunk(id: string, changes: Partial<TrunkRecord> = {}): TrunkRecord {
  return {
    ...common,
    id,
    portId: 'p',
    adminStateUp: true,
    status: 'DOWN',
    problems: [],
    subPorts: [],
    ...changes,
  };
}

/** A hypervisor with a VXLAN tunnel port, for tests. */
export function sampleChassis(id: string, changes: Partial<ChassisRecord> = {}): ChassisRecord {
  return {
    id,
    hostname: `host-${id}`,
    encapIps: ['172.31.0.1'],
    encapTypes: ['vxlan'],
    bridge: 'br-int',
    datapathId: '0000000000000001',
    datapathType: 'netdev',
    firewall: 'learn',
    adminStateUp: true,
    peerKeys: { vxlan: 1001 },
    tunnelPorts: { vxlan: 1 },
    physicalNetworks: [],
    ...changes,
  };
}

/** A port's interface on a hypervisor, for tests. */
export function sampleVif(
  chassisId: string,
  portId: string,
  changes: Partial<Omit<VifRecord, 'id' | 'chassisId' | 'portId'>> = {},
): VifRecord {
  return {
    id: vifId(chassisId, portId),
    chassisId,
    portId,
    name: `tap-${portId}`,
    ofport: 10,
    claim: 1,
    ...changes,
  };
}
