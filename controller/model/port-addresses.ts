import type { Address, AddressRange, Source } from '#apps';
import { parseCidr, parseIp } from '#controller/base/addresses';
import type { PortRecord } from '#controller/store/records';

/** A port's fixed addresses as numbers. */
export function fixedAddresses({ fixedIps }: Pick<PortRecord, 'fixedIps'>): readonly Address[] {
  const known = parsed.get(fixedIps);
  if (known !== undefined) return known;
  const addresses = fixedIps.flatMap(({ ipAddress }) => parseIp(ipAddress) ?? []);
  // Only what cannot change keeps its meaning.
  if (Object.isFrozen(fixedIps)) parsed.set(fixedIps, addresses);
  return addresses;
}

/** Addresses of stored records: each hypervisor of the network asks for them. */
const parsed = new WeakMap<PortRecord['fixedIps'], readonly Address[]>();

/** What a guarded port may send from: its fixed addresses with its own MAC address, and its allowed address pairs. */
export function allowedSources(port: PortRecord): readonly Source[] {
  const own = fixedRanges(port).map((each): Source => ({ ...each, mac: macNumber(port.macAddress) }));
  const pairs = port.allowedAddressPairs.flatMap(({ macAddress, ipAddress }): readonly Source[] => {
    const range = pairRange(ipAddress);
    return range ? [{ ...range, mac: macNumber(macAddress) }] : [];
  });
  return [...own, ...pairs];
}

/**
 * What a port adds to the addresses of its security groups: its fixed IPs and address pairs, except pairs that cover all
 * addresses, with which one tenant would open the group to everybody.
 */
export function memberRanges(port: PortRecord): readonly AddressRange[] {
  const pairs = port.allowedAddressPairs.flatMap(({ ipAddress }) => pairRange(ipAddress) ?? []);
  return [...fixedRanges(port), ...pairs.filter(({ prefix }) => prefix > 0)];
}

function fixedRanges(port: PortRecord): readonly AddressRange[] {
  return fixedAddresses(port).map((each) => ({ ...each, prefix: WIDTH[each.version] }));
}

function pairRange(ipAddress: string): AddressRange | undefined {
  const range = parseCidr(ipAddress.includes('/') ? ipAddress : hostRange(ipAddress));
  return range && { version: range.version, bits: range.first, prefix: range.prefix };
}

/** True when a port may claim more addresses than those it names. */
export function claimsRanges(port: PortRecord): boolean {
  return (
    port.portSecurityEnabled && allowedSources(port).some(({ version, prefix }) => prefix < WIDTH[version])
  );
}

/** MAC addresses that a port may send from besides its own. */
export function foreignMacs(port: PortRecord): readonly bigint[] {
  const macs = port.portSecurityEnabled ? allowedSources(port).map(({ mac }) => mac) : [];
  return [...new Set(macs)].filter((mac) => mac !== macNumber(port.macAddress));
}

/** 48 bits, of a text with colons. */
export function macNumber(mac: string): bigint {
  return BigInt(`0x${mac.replaceAll(':', '')}`);
}

const WIDTH = { 4: 32, 6: 128 } as const;

function hostRange(address: string): string {
  return `${address}/${address.includes(':') ? WIDTH[6] : WIDTH[4]}`;
}
