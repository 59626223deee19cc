import fc from 'fast-check';

/**
 * How many there may be of each; names, networks, MAC and IP addresses follow from numbers, so that any two
 * topologies fit one controller.
 */
const COUNT = { networks: 3, groups: 3, ports: 8, trunks: 2 } as const;
const NUMBERS = (count: number) => Array.from({ length: count }, (_, at) => at);

const text = fc.constantFrom('', 'plain', 'ünïcode ✓', ' - "quoted": #1', '~', 'null', '0x10', 'two\nlines');
const some = <T>(list: readonly T[]) => fc.subarray([...list]);

const rule = fc.record(
  {
    direction: fc.constantFrom('ingress', 'egress'),
    ethertype: fc.constantFrom('IPv4', 'IPv6'),
    protocol: fc.constantFrom('tcp', 'udp', '6', 17),
    port_range_min: fc.integer({ min: 1, max: 9 }),
    description: text,
  },
  { requiredKeys: ['direction'] },
);

const group = fc.record(
  { description: text, rules: fc.array(rule, { maxLength: 4 }), remote: fc.integer({ min: 0, max: 5 }) },
  { requiredKeys: ['remote'] },
);

const network = fc.record(
  {
    description: text,
    admin_state_up: fc.boolean(),
    mtu: fc.integer({ min: 1300, max: 1400 }),
    shared: fc.boolean(),
    tags: some(['a', 'b', 'ç']),
    dns_nameservers: some(['192.0.2.1', '192.0.2.2']),
    vlan: fc.integer({ min: 100, max: 110 }),
  },
  { requiredKeys: [] },
);

const port = fc.record(
  {
    description: text,
    admin_state_up: fc.boolean(),
    device_id: fc.constantFrom('', 'vm'),
    address: fc.boolean(),
    pairs: some(['10.9.0.1', '10.9.0.0/16']),
    groups: some(NUMBERS(COUNT.groups)),
    tags: some(['x', 'y']),
    options: some(['mtu', 'server']),
  },
  { requiredKeys: ['groups'] },
);

/** Always enabled: Neutron changes no subports of others. */
const trunk = fc.record({ admin_state_up: fc.constant(true), description: text }, { requiredKeys: [] });

/** Topologies of one name that any other of them may follow on the same controller. */
export const randomTopology = fc
  .record({
    networks: fc.tuple(...NUMBERS(COUNT.networks).map(() => fc.option(network, { nil: undefined }))),
    groups: fc.tuple(...NUMBERS(COUNT.groups).map(() => fc.option(group, { nil: undefined }))),
    ports: fc.tuple(...NUMBERS(COUNT.ports).map(() => fc.option(port, { nil: undefined }))),
    trunks: fc.tuple(...NUMBERS(COUNT.trunks).map(() => fc.option(trunk, { nil: undefined }))),
    // Which trunk has each port as a subport, and by which VLAN.
    carried: fc.tuple(...NUMBERS(COUNT.ports).map(() => fc.nat({ max: COUNT.trunks }))),
    vlans: fc.shuffledSubarray(
      NUMBERS(COUNT.ports).map((at) => 100 + at),
      { minLength: COUNT.ports },
    ),
    isNested: fc.boolean(),
    order: fc.shuffledSubarray(['networks', 'subnets', 'ports', 'trunks', 'security_groups'], {
      minLength: 5,
    }),
  })
  .map(({ networks, groups, ports, trunks, carried, vlans, isNested, order }) => {
    const hasNetwork = (at: number) => networks[at % COUNT.networks] !== undefined;
    const there = (at: number) => ports[at] !== undefined && hasNetwork(at);
    const subnetsOf = (at: number, dns: readonly string[] | undefined) => [
      { name: `s${at}`, cidr: `10.${at}.0.0/24`, ...(dns === undefined ? {} : { dns_nameservers: dns }) },
      { cidr: `2001:db8:0:${at}::/64`, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' },
    ];
    const lists: Record<string, readonly object[]> = {
      networks: networks.flatMap((each, at) => {
        if (each === undefined) return [];
        const { dns_nameservers: dns, mtu, vlan, ...rest } = each;
        // A subport's network may carry no larger packets than its parent's; no parent is in the last one.
        const size = mtu !== undefined && at === COUNT.networks - 1 ? { mtu } : {};
        return [
          {
            name: `n${at}`,
            ...rest,
            ...size,
            ...(at === 1 ? onVlan(vlan) : {}),
            ...(isNested ? { subnets: subnetsOf(at, dns) } : {}),
          },
        ];
      }),
      subnets: networks.flatMap((each, at) =>
        each === undefined || isNested
          ? []
          : subnetsOf(at, each.dns_nameservers).map((subnet) => ({ network: `n${at}`, ...subnet })),
      ),
      security_groups: groups.flatMap((each, at) => {
        if (each === undefined) return [];
        const { remote, rules, ...rest } = each;
        const named =
          groups[remote] === undefined ? [] : [{ direction: 'ingress', remote_group: `g${remote}` }];
        const clean = rules?.map(({ port_range_min: first, ...one }) =>
          first === undefined || one.protocol === undefined
            ? one
            : { ...one, port_range_min: first, port_range_max: first },
        );
        return [
          {
            name: `g${at}`,
            ...rest,
            ...(clean === undefined ? {} : { rules: distinct([...clean, ...named]) }),
          },
        ];
      }),
      ports: ports.flatMap((each, at) => {
        if (each === undefined || !there(at)) return [];
        const { address, pairs, groups: members, options, device_id: device, ...rest } = each;
        // A port of a VM cannot become a subport, so that only parents are.
        const owner = device !== undefined && at < COUNT.trunks ? { device_id: device } : {};
        const own = members.filter((member) => groups[member] !== undefined).map((member) => `g${member}`);
        return [
          {
            // The last one has no name.
            ...(at === COUNT.ports - 1 ? {} : { name: `p${at}` }),
            network: `n${at % COUNT.networks}`,
            mac_address: macOf(at),
            security_groups: own,
            ...rest,
            ...owner,
            ...(address === undefined
              ? {}
              : {
                  fixed_ips: address
                    ? [
                        {
                          subnet: `10.${at % COUNT.networks}.0.0/24`,
                          ip_address: `10.${at % COUNT.networks}.0.${10 + at}`,
                        },
                      ]
                    : [],
                }),
            ...(pairs === undefined
              ? {}
              : { allowed_address_pairs: pairs.map((ip) => ({ ip_address: ip })) }),
            ...(options === undefined
              ? {}
              : { extra_dhcp_opts: options.map((name) => ({ opt_name: name, opt_value: '1' })) }),
          },
        ];
      }),
      // Trunk t has the parent pt; a subport must have no device.
      trunks: trunks.flatMap((each, at) =>
        each === undefined || !there(at)
          ? []
          : [
              {
                port: `p${at}`,
                ...each,
                sub_ports: NUMBERS(COUNT.ports).flatMap((port) =>
                  port >= COUNT.trunks && carried[port] === at && there(port)
                    ? [
                        {
                          port: port === COUNT.ports - 1 ? macOf(port) : `p${port}`,
                          segmentation_id: vlans[port],
                        },
                      ]
                    : [],
                ),
              },
            ],
      ),
    };
    return JSON.stringify({
      topology: 'random',
      ...Object.fromEntries(order.map((key) => [key, lists[key]])),
    });
  });

/** Attributes of a network on the wire, whose id may change. */
function onVlan(id: number | undefined) {
  const network = { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1', mtu: 1450 };
  return id === undefined ? network : { ...network, 'provider:segmentation_id': id };
}

function macOf(number: number): string {
  return `02:00:00:00:00:${(number + 16).toString(16)}`;
}

/** Rules of which no two admit the same. */
function distinct(
  rules: readonly {
    direction?: string;
    ethertype?: string;
    protocol?: unknown;
    port_range_min?: number;
    remote_group?: string;
  }[],
) {
  const key = ({
    direction,
    ethertype = 'IPv4',
    protocol,
    port_range_min: port,
    remote_group: remote,
  }: (typeof rules)[number]) =>
    JSON.stringify([
      direction,
      ethertype,
      protocol === 'tcp' ? '6' : protocol === 'udp' ? '17' : String(protocol),
      port,
      remote,
    ]);
  return [...new Map(rules.map((each) => [key(each), each])).values()];
}
