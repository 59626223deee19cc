import {
  type Cidr,
  formatCidr,
  formatIp,
  type Ip,
  type IpVersion,
  parseIp,
} from '#controller/base/addresses';
import { fault } from '../faults.ts';
import { show } from '../resource/values.ts';

/** Inclusive range of addresses that are handed out. */
export interface Pool {
  readonly first: bigint;
  readonly last: bigint;
}

/** As Neutron writes it in JSON and as the store keeps it. */
export interface PoolText {
  readonly start: string;
  readonly end: string;
}

/** All addresses of the prefix that a host may have, without the gateway. */
export function defaultPools(cidr: Cidr, gateway: Ip | undefined): readonly Pool[] {
  if (cidr.first === cidr.last) return [{ first: cidr.first, last: cidr.last }];
  const first = cidr.first + 1n;
  const last = cidr.version === 4 ? cidr.last - 1n : cidr.last;
  const hole = gateway?.version === cidr.version ? gateway.bits : undefined;
  if (hole === undefined || hole < first || hole > last) return [{ first, last }].filter(isNotEmpty);
  return [
    { first, last: hole - 1n },
    { first: hole + 1n, last },
  ].filter(isNotEmpty);
}

/** Checks pools that a client asks for: inside the prefix, apart from each other and from the gateway. */
export function checkedPools(
  asked: readonly PoolText[],
  cidr: Cidr,
  gateway: Ip | undefined,
): readonly Pool[] {
  const pools = asked.map((text) => parsePool(text, cidr));
  const [lowest, highest] =
    cidr.version === 4 && cidr.prefix < 31 ? [cidr.first + 1n, cidr.last - 1n] : [cidr.first, cidr.last];
  for (const [at, pool] of pools.entries()) {
    const name = nameOf(pool, cidr.version);
    if (pool.first < lowest || pool.last > highest)
      throw fault('OutOfBoundsAllocationPool', name, formatCidr(cidr));
    for (const other of pools.slice(0, at))
      if (other.first <= pool.last && pool.first <= other.last)
        throw fault('OverlappingAllocationPools', nameOf(other, cidr.version), name, formatCidr(cidr));
  }
  checkGateway(pools, cidr, gateway);
  return pools;
}

/** Refuses a gateway that would be handed out. */
export function checkGateway(pools: readonly Pool[], cidr: Cidr, gateway: Ip | undefined): void {
  if (gateway?.version !== cidr.version) return;
  for (const pool of pools)
    if (pool.first <= gateway.bits && gateway.bits <= pool.last)
      throw fault(
        'GatewayConflictWithAllocationPools',
        formatIp(gateway.version, gateway.bits),
        nameOf(pool, cidr.version),
      );
}

export function formatPool({ first, last }: Pool, version: IpVersion): PoolText {
  return { start: formatIp(version, first), end: formatIp(version, last) };
}

/** A pool that the store kept, or one that was converted before. */
export function parsePool({ start, end }: PoolText, cidr: Cidr): Pool {
  const [first, last] = [parseIp(start), parseIp(end)];
  if (first?.version !== cidr.version || last?.version !== cidr.version || first.bits > last.bits)
    throw fault('InvalidAllocationPool', show({ start, end }));
  return { first: first.bits, last: last.bits };
}

function isNotEmpty({ first, last }: Pool): boolean {
  return first <= last;
}

function nameOf(pool: Pool, version: IpVersion): string {
  const { start, end } = formatPool(pool, version);
  return `${start}-${end}`;
}
