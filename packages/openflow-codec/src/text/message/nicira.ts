import type { CtFlush, CtTupleProperty, TlvMapping, TlvTableMod, TlvTableReply } from '../../extension.ts';
import type { IpfixStats } from '../../multipart.ts';
import { ipv4Text, ipv6Text } from '../address.ts';
import { numberText } from '../number.ts';
import { PROTOCOL } from '../protocols.ts';
import { countersText } from './port.ts';

const TLV_COMMANDS = { add: 'ADD', delete: 'DEL', clear: 'CLEAR' } as const;
/** The upper bits of an IPv4 address that is mapped into IPv6 (RFC 4291, 2.5.5.2). */
const MAPPED = 0xffffn;

/** NXT_TLV_TABLE_MOD after its head. */
export function tlvModText({ command, mappings }: TlvTableMod): string {
  return `\n ${TLV_COMMANDS[command]}${command === 'clear' ? '' : tlvTableText(mappings)}`;
}

/** NXT_TLV_TABLE_REPLY after its head. */
export function tlvReplyText({ maxSpace, maxFields, mappings }: TlvTableReply): string {
  const used = mappings.reduce((sum, { optionLength }) => sum + optionLength, 0);
  const lines = [
    '',
    ` max option space=${maxSpace} max fields=${maxFields}`,
    ` allocated option space=${used}`,
    '',
    tlvTableText(mappings),
  ];
  return lines.join('\n');
}

/** NXT_CT_FLUSH after its head. */
export function ctFlushText({ protocol, properties }: CtFlush): string {
  let zone = 0;
  let original: readonly CtTupleProperty[] = [];
  let reply: readonly CtTupleProperty[] = [];
  for (const one of properties) {
    if (one.property === 'zone') zone = one.value;
    else if (one.property === 'original') original = one.value;
    else if (one.property === 'reply') reply = one.value;
  }
  const isIpv4 = [...original, ...reply].some(
    (one) => (one.property === 'source' || one.property === 'destination') && isMapped(one.value),
  );
  const tuple = (parts: readonly CtTupleProperty[]) => tupleText(parts, isIpv4, protocol);
  return ` zone=${zone} '${tuple(original)},ct_nw_proto=${protocol}' '${tuple(reply)}'`;
}

/** What a bridge, or one collector set, has exported. */
export function ipfixText(stats: IpfixStats, indent: number): string {
  const done = countersText([
    ['flows', stats.totalFlows],
    ['current flows', stats.currentFlows],
    ['sampled pkts', stats.packets],
    ['ipv4 ok', stats.ipv4Packets],
    ['ipv6 ok', stats.ipv6Packets],
    ['tx pkts', stats.sentPackets],
  ]);
  const failed = countersText([
    ['pkts errs', stats.errorPackets],
    ['ipv4 errs', stats.ipv4ErrorPackets],
    ['ipv6 errs', stats.ipv6ErrorPackets],
    ['tx errs', stats.sendErrors],
  ]);
  return `${done}\n${' '.repeat(indent)}${failed}\n`;
}

function tlvTableText(mappings: readonly TlvMapping[]): string {
  const rows = mappings.map(({ optionClass, optionType, optionLength, index }) => {
    const type = numberText(optionType).padStart(4);
    return ` ${numberText(optionClass).padStart(6)}  ${type}  ${String(optionLength).padStart(6)}  tun_metadata${index}`;
  });
  const head = [
    ' mapping table:',
    '  class  type  length  match field',
    ' ------  ----  ------  --------------',
  ];
  return [...head, ...rows].join('\n');
}

function tupleText(parts: readonly CtTupleProperty[], isIpv4: boolean, protocol: number): string {
  const values = new Map<string, number | bigint>();
  for (const part of parts) if (part.property !== 'raw') values.set(part.property, part.value);
  const address = (name: string) => addressText(BigInt(values.get(name) ?? 0));
  const number = (name: string) => values.get(name) ?? 0;
  const layer = isIpv4 ? 'nw' : 'ipv6';
  const addresses = `ct_${layer}_src=${address('source')},ct_${layer}_dst=${address('destination')}`;
  const isIcmp = protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6;
  return isIcmp
    ? `${addresses},icmp_id=${number('icmpId')},icmp_type=${number('icmpType')},icmp_code=${number('icmpCode')}`
    : `${addresses},ct_tp_src=${number('sourcePort')},ct_tp_dst=${number('destinationPort')}`;
}

function isMapped(address: bigint): boolean {
  return address >> 32n === MAPPED;
}

function addressText(address: bigint): string {
  return isMapped(address) ? ipv4Text(Number(address & 0xffffffffn)) : ipv6Text(address);
}
