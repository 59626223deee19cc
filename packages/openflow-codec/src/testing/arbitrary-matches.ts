import fc from 'fast-check';
import {
  FIELD_NAMES,
  FIELDS,
  type FieldMatch,
  type FieldName,
  type FieldNeed,
  type Match,
} from '../index.ts';
import { FORMATS } from '../text/format.ts';
import { bytesOf } from '../text/value.ts';

/** A number of so many bits. */
export const bits = (count: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(count)) - 1n });
/** As bits, as a number. */
export const number = (count: number) => bits(count).map(Number);
/** A value in the type that a field's values have. */
export const typed = (field: FieldName, value: bigint) => (FIELDS[field].bits <= 32 ? Number(value) : value);

/** What a match must say for the fields of each need to be there. */
export const PREREQUISITES: Readonly<Record<FieldNeed, Match>> = (() => {
  const exact = (field: FieldName, value: number): FieldMatch => ({ field, value });
  const [ip, ip6] = [exact('eth_type', 0x800), exact('eth_type', 0x86dd)];
  const icmp6 = [ip6, exact('ip_proto', 58)];
  return {
    vlan: [{ field: 'vlan_vid', value: 0x1000, mask: 0x1000 }],
    mpls: [exact('eth_type', 0x8847)],
    ipv4: [ip],
    ipv6: [ip6],
    ip: [ip],
    arp: [exact('eth_type', 0x806)],
    tcp: [ip6, exact('ip_proto', 6)],
    udp: [ip, exact('ip_proto', 17)],
    sctp: [ip, exact('ip_proto', 132)],
    icmp: [ip, exact('ip_proto', 1)],
    icmpv6: icmp6,
    nd: [...icmp6, exact('icmpv6_type', 135)],
    ndSolicit: [...icmp6, exact('icmpv6_type', 135)],
    ndAdvert: [...icmp6, exact('icmpv6_type', 136)],
    ct: [ip, { field: 'ct_state', value: 0x20, mask: 0x20 }],
    nsh: [exact('packet_type', 0x1894f), exact('nsh_mdtype', 1)],
    pbb: [exact('eth_type', 0x88e7)],
  };
})();

/**
 * Fields whose text says less than the match, as ovs-ofctl has it: of some tunnels' fields it drops the mask, of a
 * masked tunnel option the length.
 */
const UNSAID = /^tun_(erspan|gtpu)|^tun_gbp_flags$/;

const isMasked = (field: FieldName) => FIELDS[field].maskable && FIELDS[field].isVariable === undefined;
/** `no` and `later` each stand for two masks; these are the ones that they are read as. */
const FRAGMENTS = [
  { value: 0, mask: 3 },
  { value: 1, mask: 3 },
  { value: 3, mask: 3 },
  { value: 1, mask: 1 },
  { value: 0, mask: 2 },
];

const entryOf = (field: FieldName): fc.Arbitrary<FieldMatch> => {
  const row = FIELDS[field];
  if (row.as === 'ipFrag') return fc.constantFrom(...FRAGMENTS).map((one) => ({ field, ...one }));
  if (row.as === 'port')
    return fc.oneof(number(8), fc.constant(0xfffffffe)).map((value) => ({ field, value }));
  const known =
    row.as === 'ctState' || row.as === 'tunFlags' ? BigInt(FORMATS[row.as].exact ?? 0) : undefined;
  const width = row.isVariable ? 64 : row.as === 'tcpFlags' ? 12 : row.bits;
  // A mask of all 12 TCP flags prints as no mask.
  const maskWidth = row.as === 'tcpFlags' ? width - 1 : width;
  return fc
    .record({ value: bits(width), mask: bits(maskWidth), hasMask: fc.boolean() })
    .map(({ value, mask, hasMask }) => {
      const size = row.isVariable && { size: bytesOf(value) };
      if (known !== undefined)
        return { field, value: Number(value & mask & known), mask: Number(mask & known) };
      if (!hasMask || !isMasked(field)) return { field, value: typed(field, value), ...size };
      return { field, value: typed(field, value & mask), mask: typed(field, mask) };
    });
};

/** Fields that stand for themselves, and not for parts of others, with values that a packet can have. */
export const PLAIN = FIELD_NAMES.filter(
  (name) =>
    !/^x+reg|^nw_tos$|^nxm_|^vlan_|^eth_type$|^ip_proto$|^packet_type$|^tun_metadata.[^3]?$/.test(name) &&
    !UNSAID.test(name),
);

/** Matches whose text says all of them, in any order of fields. */
export const matches: fc.Arbitrary<Match> = fc
  .record({
    need: fc.constantFrom(undefined, ...PLAIN.map((name) => FIELDS[name].needs)),
    names: fc.subarray(PLAIN),
  })
  .chain(({ need, names }) => {
    const given = need === undefined ? [] : PREREQUISITES[need];
    const free = names.filter((name) => {
      const { needs } = FIELDS[name];
      return (needs === undefined || needs === need) && given.every(({ field }) => field !== name);
    });
    return fc.tuple(...free.map(entryOf)).map((entries) => [...given, ...entries]);
  });
