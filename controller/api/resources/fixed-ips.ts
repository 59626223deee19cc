import { type Cidr, contains, formatIp, parseCidr, parseIp } from '#controller/base/addresses';
import type { PortRecord, SubnetRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import { fault } from '../faults.ts';
import { mayRead } from '../resource/policy.ts';
import { autoAddress, isAutoAddressed } from './auto-addresses.ts';
import { subnetAccess } from './network-access.ts';
import { parsePool } from './pools.ts';

export type FixedIp = PortRecord['fixedIps'][number];

/** One fixed IP of a request: an address, a subnet to take one from, or both. */
export interface FixedIpRequest {
  readonly subnetId?: string | undefined;
  readonly ipAddress?: string | undefined;
}

/** What addresses depend on, of a port that may not be stored yet. */
export type Addressee = Pick<PortRecord, 'id' | 'key' | 'networkId' | 'macAddress' | 'fixedIps'>;

/**
 * The addresses of a port for which none were asked: one IPv4, one IPv6 from a subnet that DHCP serves, and
 * those that the port makes for itself. A network without subnets gives none.
 */
export function defaultFixedIps(tx: Transaction, port: Addressee): readonly FixedIp[] {
  const subnets = tx.find('subnets', 'network', port.networkId);
  const served = subnets.filter((subnet) => !isAutoAddressed(subnet));
  const chosen = ([4, 6] as const).flatMap((version) => {
    const candidates = served.filter((subnet) => subnet.ipVersion === version);
    return candidates.length === 0 ? [] : [freeAddress(tx, candidates, port, NONE)];
  });
  return [...chosen, ...autoAddresses(subnets, port.macAddress)];
}

/** The addresses of a port for which these were asked; its own automatic ones it always gets. */
export function requestedFixedIps(
  tx: Transaction,
  port: Addressee,
  requests: readonly FixedIpRequest[],
  caller: Caller,
): readonly FixedIp[] {
  const subnets = tx.find('subnets', 'network', port.networkId);
  const chosen: FixedIp[] = [];
  // Addresses asked for by number come first, so that no other request of the same port is given one of them.
  for (const request of requests)
    if (request.ipAddress !== undefined)
      chosen.push(requestedAddress(tx, port, subnets, request.ipAddress, request.subnetId, caller));
  for (const { subnetId, ipAddress } of requests)
    if (ipAddress === undefined && subnetId !== undefined)
      chosen.push(anyAddress(tx, port, subnets, subnetId, chosen, caller));
  const automatic = autoAddresses(subnets, port.macAddress);
  const isAutomatic = ({ subnetId }: FixedIp) => automatic.some((own) => own.subnetId === subnetId);
  return [...chosen.filter((each) => !isAutomatic(each)), ...automatic];
}

/** The same addresses after the port's MAC changed: those that derive from it follow. */
export function readdressed(tx: Transaction, port: Addressee): readonly FixedIp[] {
  return port.fixedIps.map((own) => {
    const subnet = tx.get('subnets', own.subnetId);
    return subnet !== undefined && isAutoAddressed(subnet)
      ? { subnetId: subnet.id, ipAddress: autoAddress(subnet, port.macAddress) }
      : own;
  });
}

const NONE: ReadonlySet<string> = new Set();

function autoAddresses(subnets: readonly SubnetRecord[], mac: string): readonly FixedIp[] {
  return subnets
    .filter(isAutoAddressed)
    .map((subnet) => ({ subnetId: subnet.id, ipAddress: autoAddress(subnet, mac) }));
}

function requestedAddress(
  tx: Transaction,
  port: Addressee,
  subnets: readonly SubnetRecord[],
  text: string,
  subnetId: string | undefined,
  caller: Caller,
): FixedIp {
  const ip = parseIp(text);
  const candidates =
    subnetId === undefined ? subnets : [subnetOf(tx, subnets, port.networkId, subnetId, caller)];
  const subnet = candidates.find(({ cidr }) => {
    const range = parseCidr(cidr);
    return range !== undefined && ip !== undefined && contains(range, ip) && !isReserved(range, ip.bits);
  });
  if (subnet === undefined)
    throw fault(subnetId === undefined ? 'InvalidIpForNetwork' : 'InvalidIpForSubnet', text);
  const isOwn = port.fixedIps.some((own) => own.subnetId === subnet.id && own.ipAddress === text);
  if (isAutoAddressed(subnet)) {
    // Asking for what the port makes for itself is fine; so is what it had before its MAC changed.
    if (!isOwn && text !== autoAddress(subnet, port.macAddress))
      throw fault('AllocationOnAutoAddressSubnet', text, subnet.id);
    return { subnetId: subnet.id, ipAddress: text };
  }
  if (!isOwn && isTaken(tx, subnet.id, text)) throw fault('IpAddressAlreadyAllocated', text, subnet.id);
  return { subnetId: subnet.id, ipAddress: text };
}

/** An address of a subnet: one that the port has there already, or a free one. */
function anyAddress(
  tx: Transaction,
  port: Addressee,
  subnets: readonly SubnetRecord[],
  subnetId: string,
  chosen: readonly FixedIp[],
  caller: Caller,
): FixedIp {
  const subnet = subnetOf(tx, subnets, port.networkId, subnetId, caller);
  if (isAutoAddressed(subnet)) return { subnetId, ipAddress: autoAddress(subnet, port.macAddress) };
  const own = new Set(chosen.filter((each) => each.subnetId === subnetId).map(({ ipAddress }) => ipAddress));
  const kept = port.fixedIps.find((each) => each.subnetId === subnetId && !own.has(each.ipAddress));
  return kept ?? freeAddress(tx, [subnet], port, own);
}

/** A free address of the first subnet that has one, tried from the port's number on, so that none is used again soon. */
function freeAddress(
  tx: Transaction,
  subnets: readonly SubnetRecord[],
  { key, networkId }: Addressee,
  except: ReadonlySet<string>,
): FixedIp {
  for (const subnet of subnets) {
    const range = parseCidr(subnet.cidr);
    if (range === undefined) continue;
    const pools = subnet.allocationPools.map((pool) => parsePool(pool, range));
    const count = pools.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
    const start = BigInt(key - 1);
    // Ends after one step more than there are addresses taken.
    for (let step = 0n; step < count; step++) {
      let index = (start + step) % count;
      const pool = pools.find(({ first, last }) => {
        if (index <= last - first) return true;
        index -= last - first + 1n;
        return false;
      });
      const ipAddress = formatIp(range.version, (pool?.first ?? 0n) + index);
      if (!except.has(ipAddress) && !isTaken(tx, subnet.id, ipAddress))
        return { subnetId: subnet.id, ipAddress };
    }
  }
  throw fault('IpAddressGenerationFailure', networkId);
}

function subnetOf(
  tx: Transaction,
  subnets: readonly SubnetRecord[],
  networkId: string,
  subnetId: string,
  caller: Caller,
): SubnetRecord {
  const subnet = subnets.find(({ id }) => id === subnetId);
  if (subnet !== undefined) return subnet;
  const other = tx.get('subnets', subnetId);
  if (other === undefined || !mayRead(subnetAccess, other, caller, tx))
    throw fault('SubnetNotFound', subnetId);
  throw fault(
    'InvalidInput',
    `Failed to create port on network ${networkId}, because fixed_ips included invalid subnet ${subnetId}`,
  );
}

/** Network and broadcast address of an IPv4 subnet that has them. */
function isReserved({ version, prefix, first, last }: Cidr, bits: bigint): boolean {
  return version === 4 && prefix < 31 && (bits === first || bits === last);
}

function isTaken(tx: Transaction, subnetId: string, ipAddress: string): boolean {
  return tx.find('ports', 'address', `${subnetId}/${ipAddress}`).length > 0;
}
