import type { Address, Source } from '#apps';
import { parseCidr, parseIp } from '#controller/addresses';
import type { PortRecord } from '#controller/store/records';

/** A port's fixed addresses as numbers. */
export function fixedAddresses({ fixedIps }: Pick<PortRecord, 'fixedIps'>): readonly Address[] {
  return fixedIps.flatMap(({ ipAddress }) => parseIp(ipAddress) ?? []);
}

/** What a guarded port may send from: its fixed addresses with its own MAC address, and its allowed address pairs. */
export function allowedSources(port: PortRecord): readonly Source[] {
  const own = fixedAddresses(port).map(
    (each): Source => ({ ...each, prefix: WIDTH[each.version], mac: macNumber(port.macAddress) }),
  );
  const pairs = port.allowedAddressPairs.flatMap(({ macAddress, ipAddress }): readonly Source[] => {
    const range = parseCidr(ipAddress.includes('/') ? ipAddress : hostRange(ipAddress));
    if (!range) return [];
    const { version, prefix, first: bits } = range;
    return [{ version, bits, prefix, mac: macNumber(macAddress) }];
  });
  return [...own, ...pairs];
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
