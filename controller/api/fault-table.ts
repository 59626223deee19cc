/** One kind of error: its status, and its message made of values. */
export interface FaultRow {
  /** HTTP status code. */
  readonly status: number;
  readonly message: (...values: never[]) => string;
}

/** Neutron's errors: type, HTTP status, and message, word for word; and those of `/v1`, which are ours. */
export const FAULTS = {
  HTTPBadRequest: { status: 400, message: (reason: string) => reason },
  BadRequest: {
    status: 400,
    message: (resource: string, reason: string) => `Bad ${resource} request: ${reason}`,
  },
  InvalidInput: { status: 400, message: (reason: string) => `Invalid input for operation: ${reason}.` },
  InvalidIpForNetwork: {
    status: 400,
    message: (ip: string) =>
      `IP address ${ip} is not a valid IP for any of the subnets on the specified network.`,
  },
  InvalidIpForSubnet: {
    status: 400,
    message: (ip: string) => `IP address ${ip} is not a valid IP for the specified subnet.`,
  },
  AllocationOnAutoAddressSubnet: {
    status: 400,
    message: (ip: string, subnet: string) =>
      `IPv6 address ${ip} can not be directly assigned to a port on subnet ${subnet} as the subnet is configured for automatic addresses`,
  },
  OutOfBoundsAllocationPool: {
    status: 400,
    message: (pool: string, cidr: string) =>
      `The allocation pool ${pool} spans beyond the subnet cidr ${cidr}.`,
  },
  InvalidAllocationPool: {
    status: 400,
    message: (pool: string) => `The allocation pool ${pool} is not valid.`,
  },
  AllowedAddressPairsMissingIP: {
    status: 400,
    message: () => 'AllowedAddressPair must contain ip_address',
  },
  AllowedAddressPairExhausted: {
    status: 400,
    message: (most: number) => `The number of allowed address pair exceeds the maximum ${most}.`,
  },
  DuplicateAddressPairInRequest: {
    status: 400,
    message: (mac: string, ip: string) =>
      `Request contains duplicate address pair: mac_address ${mac} ip_address ${ip}.`,
  },
  PortSecurityAndIPRequiredForSecurityGroups: {
    status: 400,
    message: () =>
      'Port security must be enabled and port must have an IP address in order to use security groups.',
  },
  SegmentsSetInConjunctionWithProviders: {
    status: 400,
    message: () => 'Segments and provider values cannot both be set.',
  },
  VlanTransparencyDriverError: {
    status: 400,
    message: () => 'Backend does not support VLAN Transparency.',
  },
  InvalidCIDR: { status: 400, message: (text: string) => `Invalid CIDR ${text} given as IP prefix.` },
  SecurityGroupRuleInvalidProtocol: {
    status: 400,
    message: (protocol: string, known: string) =>
      `Security group rule protocol ${protocol} not supported. Only protocol values ${known} and integer representations [0 to 255] are supported.`,
  },
  SecurityGroupRuleInvalidEtherType: {
    status: 400,
    message: (ethertype: string) =>
      `Security group rule for ethertype '${ethertype}' not supported. Allowed values are ['IPv4', 'IPv6'].`,
  },
  SecurityGroupRuleParameterConflict: {
    status: 400,
    message: (ethertype: string, cidr: string) => `Conflicting value ethertype ${ethertype} for CIDR ${cidr}`,
  },
  SecurityGroupEthertypeConflictWithProtocol: {
    status: 400,
    message: (ethertype: string, protocol: string) =>
      `Invalid ethertype ${ethertype} for protocol ${protocol}.`,
  },
  SecurityGroupProtocolRequiredWithPorts: {
    status: 400,
    message: () => 'Must also specify protocol if port range is given.',
  },
  SecurityGroupInvalidProtocolForPort: {
    status: 400,
    message: (protocol: number, known: string) =>
      `Ports cannot be specified for protocol ${protocol}. Ports are only supported for ${known}.`,
  },
  SecurityGroupInvalidPortValue: { status: 400, message: (port: string) => `Invalid value for port ${port}` },
  SecurityGroupInvalidPortRange: {
    status: 400,
    message: () => 'For TCP/UDP protocols, port_range_min must be <= port_range_max',
  },
  SecurityGroupInvalidIcmpValue: {
    status: 400,
    message: (field: string, attribute: string, value: number) =>
      `Invalid value for ICMP ${field} (${attribute}) ${value}. It must be 0 to 255.`,
  },
  SecurityGroupMissingIcmpType: {
    status: 400,
    message: (code: number) =>
      `ICMP code (port-range-max) ${code} is provided but ICMP type (port-range-min) is missing.`,
  },
  /** Misspelt as in Neutron. */
  SecurityGroupMultipleRemoteEntites: {
    status: 400,
    message: () =>
      'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
  },
  SecurityGroupNotSingleGroupRules: {
    status: 400,
    message: () => 'Only allowed to update rules for one security profile at a time',
  },
  SecurityGroupRulesNotSingleTenant: {
    status: 400,
    message: () => 'Multiple tenant_ids in bulk security group rule create not allowed',
  },
  PortBindingNotFound: {
    status: 404,
    message: (port: string, host: string) => `Binding for port ${port} for host ${host} could not be found.`,
  },
  TrunkNotFound: { status: 404, message: (id: string) => `Trunk ${id} could not be found.` },
  SubPortNotFound: {
    status: 404,
    message: (port: string, trunk: string) => `SubPort ${port} on trunk ${trunk} could not be found.`,
  },
  TagNotFound: { status: 404, message: (tag: string) => `Tag ${tag} could not be found.` },
  TagResourceNotFound: {
    status: 404,
    message: (resource: string, id: string) => `Resource ${resource} ${id} could not be found.`,
  },
  AgentNotFound: { status: 404, message: (id: string) => `Agent ${id} could not be found.` },
  PolicyNotAuthorized: { status: 403, message: (rule: string) => `${rule} is disallowed by policy` },
  NetworkNotFound: { status: 404, message: (id: string) => `Network ${id} could not be found.` },
  SubnetNotFound: { status: 404, message: (id: string) => `Subnet ${id} could not be found.` },
  PortNotFound: { status: 404, message: (id: string) => `Port ${id} could not be found.` },
  SecurityGroupNotFound: { status: 404, message: (id: string) => `Security group ${id} does not exist` },
  SecurityGroupRuleNotFound: {
    status: 404,
    message: (id: string) => `Security group rule ${id} does not exist`,
  },
  AddressGroupNotFound: { status: 404, message: (id: string) => `Address group ${id} could not be found.` },
  TenantQuotaNotFound: {
    status: 404,
    message: (project: string) => `Quota for tenant ${project} could not be found.`,
  },
  SwitchNotFound: { status: 404, message: (id: string) => `Switch ${id} could not be found.` },
  HTTPNotFound: { status: 404, message: () => 'The resource could not be found.' },
  HTTPMethodNotAllowed: { status: 405, message: () => 'The method is not allowed for this resource.' },
  HTTPNotAcceptable: { status: 406, message: () => 'The only representation is application/json.' },
  SwitchNotConnected: {
    status: 409,
    message: (id: string) => `Switch ${id} is not connected, so nobody knows.`,
  },
  PlanNotFound: {
    status: 404,
    message: (id: string) =>
      `Plan ${id} could not be found: it is forgotten a minute after it was used last.`,
  },
  PlanTooLarge: { status: 413, message: () => 'A plan changes at most 10000 objects.' },
  DryRunInvalid: {
    status: 400,
    message: (text: string) => `dry_run is true or false, not '${text}'.`,
  },
  DryRunUnknown: {
    status: 400,
    message: (method: string, path: string) =>
      `${method} ${path} cannot be tried out: only what is below /v2.0 can.`,
  },
  SwitchConnected: {
    status: 409,
    message: (id: string) =>
      `Switch ${id} is connected and would be back at once: detach it first (on the hypervisor: ovs-vsctl del-manager).`,
  },
  BackupInProgress: {
    status: 409,
    message: () => 'Another backup is being read: wait until it is done.',
  },
  VlanIdInUse: {
    status: 409,
    message: (id: number, physical: string) =>
      `Unable to create the network. The VLAN ${id} on physical network ${physical} is in use.`,
  },
  TunnelIdInUse: {
    status: 409,
    message: (id: number) => `Unable to create the network. The tunnel ID ${id} is in use.`,
  },
  FlatNetworkInUse: {
    status: 409,
    message: (physical: string) =>
      `Unable to create the flat network. Physical network ${physical} is in use.`,
  },
  NetworkInUse: {
    status: 409,
    message: (id: string, ports: readonly string[]) =>
      `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, id for these ports is: ${ports.join(',')}.`,
  },
  InvalidSharedSetting: {
    status: 409,
    message: (network: string) =>
      `Unable to reconfigure sharing settings for network ${network}. Multiple tenants are using it.`,
  },
  SubnetInUse: {
    status: 409,
    message: (id: string) =>
      `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`,
  },
  MacAddressInUse: {
    status: 409,
    message: (network: string, mac: string) =>
      `Unable to complete operation for network ${network}. The mac address ${mac} is in use.`,
  },
  IpAddressAlreadyAllocated: {
    status: 409,
    message: (ip: string, subnet: string) => `IP address ${ip} already allocated in subnet ${subnet}`,
  },
  IpAddressGenerationFailure: {
    status: 409,
    message: (network: string) => `No more IP addresses available on network ${network}.`,
  },
  OverlappingAllocationPools: {
    status: 409,
    message: (one: string, other: string, cidr: string) =>
      `Found overlapping allocation pools: ${one} ${other} for subnet ${cidr}.`,
  },
  GatewayConflictWithAllocationPools: {
    status: 409,
    message: (gateway: string, pool: string) =>
      `Gateway ip ${gateway} conflicts with allocation pool ${pool}.`,
  },
  PortBound: {
    status: 409,
    message: (id: string, vifType: string, oldMac: string, newMac: string) =>
      `Unable to complete operation on port ${id}, port is already bound, port type: ${vifType}, old_mac ${oldMac}, new_mac ${newMac}.`,
  },
  PortInUse: {
    status: 409,
    message: (port: string, network: string, device: string) =>
      `Unable to complete operation on port ${port} for network ${network}. Port already has an attached device ${device}.`,
  },
  TrunkPortInUse: { status: 409, message: (port: string) => `Port ${port} is in use by another trunk.` },
  ParentPortInUse: {
    status: 409,
    message: (port: string) =>
      `Port ${port} is currently in use and is not eligible for use as a parent port.`,
  },
  SubPortMtuGreaterThanTrunkPortMtu: {
    status: 409,
    message: (portMtu: number, port: string, trunkMtu: number, parent: string) =>
      `MTU ${portMtu} of subport ${port} cannot be greater than MTU ${trunkMtu} of trunk ${parent}.`,
  },
  DuplicateSubPort: {
    status: 409,
    message: (type: string, id: number, trunk: string) =>
      `segmentation_type ${type} and segmentation_id ${id} already in use on trunk ${trunk}.`,
  },
  PortInUseAsSubPort: {
    status: 409,
    message: (port: string, trunk: string) => `Port ${port} is currently a subport for trunk ${trunk}.`,
  },
  PortInUseAsTrunkParent: {
    status: 409,
    message: (port: string, trunk: string) => `Port ${port} is currently a parent port for trunk ${trunk}.`,
  },
  TrunkInUse: { status: 409, message: (id: string) => `Trunk ${id} is currently in use.` },
  TrunkDisabled: { status: 409, message: (id: string) => `Trunk ${id} is currently disabled.` },
  TrunkInErrorState: {
    status: 409,
    message: (id: string) =>
      `Trunk ${id} is in error state. Attempt to resolve the error condition before proceeding.`,
  },
  /** A conflict here; Neutron answers 500. */
  PortBindingError: {
    status: 409,
    message: (port: string, host: string) =>
      `Binding for port ${port} on host ${host} could not be created or updated.`,
  },
  PortBindingAlreadyExists: {
    status: 409,
    message: (port: string, host: string) => `Binding for port ${port} on host ${host} already exists.`,
  },
  PortBindingAlreadyActive: {
    status: 409,
    message: (port: string, host: string) => `Binding for port ${port} on host ${host} is already active.`,
  },
  AddressPairAndPortSecurityRequired: {
    status: 409,
    message: () => 'Port Security must be enabled in order to have allowed address pairs on a port.',
  },
  PortSecurityPortHasSecurityGroup: {
    status: 409,
    message: () =>
      'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
  },
  SecurityGroupInUse: { status: 409, message: (id: string) => `Security Group ${id} in use.` },
  SecurityGroupConflict: {
    status: 409,
    message: (reason: string) => `Error ${reason} while attempting the operation.`,
  },
  SecurityGroupDefaultAlreadyExists: {
    status: 409,
    message: () => 'Default security group already exists.',
  },
  SecurityGroupCannotUpdateDefault: {
    status: 409,
    message: () => 'Updating default security group not allowed.',
  },
  SecurityGroupCannotRemoveDefault: {
    status: 409,
    message: () => 'Insufficient rights for removing default security group.',
  },
  SecurityGroupRuleExists: {
    status: 409,
    message: (id: string) => `Security group rule already exists. Rule id is ${id}.`,
  },
  DuplicateSecurityGroupRuleInPost: {
    status: 409,
    message: () => 'Duplicate Security Group Rule in POST.',
  },
  OverQuota: {
    status: 409,
    message: (resources: readonly string[]) =>
      `Quota exceeded for resources: [${resources.map((name) => `'${name}'`).join(', ')}].`,
  },
  RevisionNumberConstraintFailed: {
    status: 412,
    message: (wanted: number, current: number) =>
      `Constrained to ${wanted}, but current revision is ${current}`,
  },
  HTTPRequestEntityTooLarge: {
    status: 413,
    message: () => 'The request is larger than this server accepts.',
  },
  HTTPTooManyRequests: {
    status: 429,
    message: (seconds: number) => `Too many requests; try again in ${seconds} seconds.`,
  },
  TooManyListeners: {
    status: 429,
    message: (most: number) => `${most} clients listen or wait already; try again later.`,
  },
  TooMuchAtATime: {
    status: 429,
    message: () => 'Requests that are sent now take too much memory together; try again later.',
  },
  TooManyPlans: {
    status: 429,
    message: (most: number) => `${most} requests are being tried out already; try again later.`,
  },
  HTTPInternalServerError: {
    status: 500,
    message: () => 'Request Failed: internal server error while processing your request.',
  },
  StoreNotWritable: {
    status: 507,
    message: () => 'The disk of the controller takes no writes now: nothing of this request was kept.',
  },
  MacAddressGenerationFailure: {
    status: 503,
    message: (network: string) => `Unable to generate unique mac on network ${network}.`,
  },
  NoNetworkAvailable: {
    status: 503,
    message: () => 'Unable to create the network. No tenant network is available for allocation.',
  },
} as const satisfies Record<string, FaultRow>;
