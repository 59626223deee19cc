/** fe80::/64 (RFC 4291, 2.5.6). */
const PREFIX = 0xfe80n << 112n;
/** The bit that an interface identifier has inverted, and the bytes between its halves (RFC 4291, appendix A). */
const UNIVERSAL_BIT = 1n << 57n;
const MIDDLE = 0xfffen << 24n;

/** The IPv6 address that an interface gives itself on its link, by its 48-bit MAC address (RFC 4862, 5.3). */
export function linkLocal(mac: bigint): bigint {
  const identifier = ((mac >> 24n) << 40n) | MIDDLE | (mac & 0xffffffn);
  return PREFIX | (identifier ^ UNIVERSAL_BIT);
}
