import { Random } from '../random.ts';

/** What a cloud is to be like. All of it follows from these numbers. */
export interface BigCloudOptions {
  readonly seed: number;
  /** All ports, those of VLANs in trunks included. */
  readonly ports: number;
  /** Hypervisors, numbered from 1, on which ports are spread evenly at random. */
  readonly hypervisors: number;
  /** Tenants; the k-th has a share of the ports in proportion to 1/k (Zipf). Default one for each 40 ports. */
  readonly tenants?: number;
  /** Most ports of one network; a larger tenant has several. Default 24. */
  readonly networkSize?: number;
  /** One of so many ports is the parent of a trunk with up to three subports, which are ports of their own; 0 is none. Default 50. */
  readonly trunkOneIn?: number;
}

export interface CloudPort {
  /** Unique in the cloud. */
  readonly name: string;
  readonly network: string;
  /** Names of the tenant's groups; none is its default group. */
  readonly groups: readonly string[];
  /** Number of the hypervisor that it is plugged into; undefined for a subport, which is where its trunk is. */
  readonly hypervisor?: number;
}

export interface CloudTrunk {
  readonly name: string;
  readonly parent: string;
  readonly subPorts: readonly { readonly port: string; readonly vlan: number }[];
}

/** One tenant's part. Names in it are those of its other parts. */
export interface CloudTenant {
  readonly project: string;
  readonly networks: readonly { readonly name: string; readonly cidr: string }[];
  readonly groups: readonly { readonly name: string; readonly rules: readonly object[] }[];
  readonly ports: readonly CloudPort[];
  readonly trunks: readonly CloudTrunk[];
}

/** Invents a cloud: few large tenants and many small ones, with trunks and security groups. Same options, same cloud. */
export function bigCloud(options: BigCloudOptions): readonly CloudTenant[] {
  const { seed, ports, tenants = Math.ceil(ports / 40) } = options;
  const random = new Random(seed);
  const weights = Array.from({ length: tenants }, (_, at) => 1 / (at + 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let left = ports;
  let share = all;
  return weights.map((weight, at) => {
    // Of what is left, so that rounding loses none.
    const size = Math.round((left * weight) / share);
    left -= size;
    share -= weight;
    return tenantOf(`t${at + 1}`, size, options, random);
  });
}

function tenantOf(project: string, size: number, options: BigCloudOptions, random: Random): CloudTenant {
  const { hypervisors, networkSize = 24, trunkOneIn = 50 } = options;
  const networks = Array.from({ length: Math.ceil(size / networkSize) }, (_, at) => ({
    name: `${project}-net${at + 1}`,
    cidr: networkSize > 200 ? '10.0.0.0/16' : '10.0.0.0/24',
  }));
  const ports: CloudPort[] = [];
  const trunks: CloudTrunk[] = [];
  const add = (hypervisor?: number): string => {
    const name = `${project}-port${ports.length + 1}`;
    const network = networks[ports.length % networks.length]?.name ?? '';
    const groups = random.oneIn(3) ? [`${project}-web`] : [];
    ports.push({ name, network, groups, ...(hypervisor !== undefined && { hypervisor }) });
    return name;
  };
  while (ports.length < size) {
    const parent = add(random.between(1, hypervisors));
    // Its subports are in other networks than it is.
    const room = Math.min(size - ports.length, networks.length - 1, 3);
    if (trunkOneIn === 0 || room < 1 || !random.oneIn(trunkOneIn)) continue;
    const subPorts = Array.from({ length: random.between(1, room) }, (_, at) => ({
      port: add(),
      vlan: 100 + at,
    }));
    trunks.push({ name: `${parent}-trunk`, parent, subPorts });
  }
  return { project, networks, groups: [{ name: `${project}-web`, rules: WEB }], ports, trunks };
}

/** Web servers: everything out, HTTP and ICMP from everywhere, SSH from the management network. */
const WEB = [
  { direction: 'egress', ethertype: 'IPv4' },
  { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
  { direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' },
  {
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: 'tcp',
    port_range_min: 22,
    port_range_max: 22,
    remote_ip_prefix: '192.0.2.0/24',
  },
] as const;
