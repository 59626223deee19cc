import { formatCidr, parseCidr } from '#controller/base/addresses';
import type { SubnetRecord } from '#controller/store/records';
import { Refusal, show, toFormat, toIpText, toList, toObject } from '../resource/values.ts';

/** Neutron's bounds: max_dns_nameservers and max_subnet_host_routes; pools have none there. */
const MOST = { nameservers: 5, routes: 20, pools: 100, listed: 100 } as const;

/** `allocation_pools`: the first and last address of each; whether they fit the subnet is checked later. */
export function toPools(raw: unknown): SubnetRecord['allocationPools'] {
  return toFormat(raw, 'IP pool', MOST.pools).map((item) => {
    const pool = toObject(item, ['start', 'end']);
    return { start: toIpText(pool.start), end: toIpText(pool.end) };
  });
}

/** `dns_nameservers`: addresses, none twice, in the order in which guests shall ask them. */
export function toNameservers(raw: unknown): readonly string[] {
  const servers = toList(raw, MOST.listed).map(toNameserver);
  const twice = servers.find((server, at) => servers.indexOf(server) !== at);
  if (twice !== undefined) throw new Refusal(`Duplicate nameserver '${twice}'`);
  return toList(servers, MOST.nameservers).map(toNameserver);
}

/** `host_routes`: none twice; destinations lose the bits beyond their prefix. */
export function toHostRoutes(raw: unknown): SubnetRecord['hostRoutes'] {
  const routes = toList(raw, MOST.routes).map((item) => {
    const route = toObject(item, ['destination', 'nexthop']);
    return { destination: toDestination(route.destination), nexthop: toIpText(route.nexthop) };
  });
  const names = routes.map(({ destination, nexthop }) => `${destination} ${nexthop}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Refusal(`Duplicate hostroute '${show(twice)}'`);
  return routes;
}

function toNameserver(raw: unknown): string {
  try {
    return toIpText(raw);
  } catch (error) {
    if (error instanceof Refusal)
      throw new Refusal(`'${show(raw)}' is not a valid nameserver. ${error.message}`);
    throw error;
  }
}

function toDestination(raw: unknown): string {
  const range = typeof raw === 'string' ? parseCidr(raw) : undefined;
  if (range === undefined) throw new Refusal(`'${show(raw)}' is not a valid CIDR`);
  return formatCidr(range);
}
