import type { Address, Peer } from '#apps';
import { parseIp } from '#controller/base/addresses';
import {
  type ChassisRecord,
  type NetworkType,
  TUNNEL_TYPES,
  type TunnelType,
} from '#controller/store/records';

type Ends = Pick<ChassisRecord, 'encapIps'>;

/**
 * Between which addresses a hypervisor tunnels to another: IPv4 where both have such an address, since its header is the
 * shorter, else IPv6; the first of that family of each. Nothing when they have no family in common.
 */
export function tunnelEnds(from: Ends, to: Ends): Pick<Peer, 'address' | 'sources' | 'local'> | undefined {
  const [own, theirs] = [addressesOf(from), addressesOf(to)];
  for (const version of [4, 6] as const) {
    const [local, address] = [own, theirs].map((all) => all.find((each) => each.version === version));
    // With one address only, the tunnel port knows it.
    if (local && address) return { address, sources: theirs, ...(own.length > 1 && { local }) };
  }
  return undefined;
}

/** The tunnel type of a network; nothing for types that do not cross the fabric in a tunnel. */
export function tunnelTypeOf(type: NetworkType): TunnelType | undefined {
  return TUNNEL_TYPES.find((each) => each === type);
}

/** Whether two hypervisors have addresses of one family. */
export function shareFamily(one: Ends, other: Ends): boolean {
  return familiesOf(one).some((family) => familiesOf(other).includes(family));
}

/** The families of a hypervisor's addresses, ascending. */
export function familiesOf({ encapIps }: Ends): readonly (4 | 6)[] {
  return ([4, 6] as const).filter((family) => encapIps.some((each) => each.includes(':') === (family === 6)));
}

function addressesOf({ encapIps }: Ends): readonly Address[] {
  const known = parsed.get(encapIps);
  if (known !== undefined) return known;
  const addresses = encapIps.flatMap((each) => parseIp(each) ?? []);
  // Only what cannot change keeps its meaning.
  if (Object.isFrozen(encapIps)) parsed.set(encapIps, addresses);
  return addresses;
}

/** Addresses of stored records: each port on another hypervisor asks for them. */
const parsed = new WeakMap<readonly string[], readonly Address[]>();
