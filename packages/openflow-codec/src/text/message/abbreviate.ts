import type { FieldName } from '../../fields.ts';
import { actionWord } from '../field-words.ts';

const numbered = (name: string, count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => `${name}${index + first}`);

/** Fields in the order in which ovs-ofctl lists what a table can do. */
const ORDER: readonly string[] = [
  'dp_hash recirc_id packet_type conj_id tun_id tun_src tun_dst tun_ipv6_src tun_ipv6_dst tun_flags tun_gbp_id',
  'tun_gbp_flags tun_erspan_idx tun_erspan_ver tun_erspan_dir tun_erspan_hwid tun_gtpu_flags tun_gtpu_msgtype',
  ...numbered('tun_metadata', 64),
  'metadata in_port in_port_oxm actset_output pkt_mark ct_state ct_zone ct_mark ct_label ct_nw_proto ct_nw_src',
  'ct_nw_dst ct_ipv6_src ct_ipv6_dst ct_tp_src ct_tp_dst',
  ...numbered('reg', 16),
  ...numbered('xreg', 8),
  ...numbered('xxreg', 4),
  'eth_src eth_dst eth_type vlan_tci vlan_vid vlan_pcp mpls_label mpls_tc mpls_bos mpls_ttl ip_src ip_dst ipv6_src',
  'ipv6_dst ipv6_label nw_proto nw_tos ip_dscp nw_ecn nw_ttl ip_frag arp_op arp_spa arp_tpa arp_sha arp_tha tcp_src',
  'tcp_dst tcp_flags udp_src udp_dst sctp_src sctp_dst icmp_type icmp_code icmpv6_type icmpv6_code nd_target nd_sll',
  'nd_tll nd_reserved nd_options_type nsh_flags nsh_mdtype nsh_np nsh_spi nsh_si',
  ...numbered('nsh_c', 4, 1),
  'nsh_ttl',
].flatMap((names) => names.split(' '));

/** Fields in the short form of ovs-ofctl: `eth_{src,dst,type}` and `reg0...reg15`. */
export function abbreviated(fields: readonly FieldName[]): string {
  const names = new Set(fields.map(nameOf));
  return listText(
    ORDER.filter((name) => names.has(name)),
    0,
  );
}

/** The name of ovs-ofctl, which has one for each width of in_port. */
function nameOf(field: FieldName): string {
  return field === 'in_port' ? 'in_port_oxm' : actionWord(field);
}

/** Names without their first `cut` characters. */
function listText(names: readonly string[], cut: number): string {
  const parts: string[] = [];
  let rest = names;
  while (rest.length > 0) {
    const [first = ''] = rest;
    const { count: prefixed, prefix } = prefixRun(rest, cut);
    const sequential = sequentialRun(rest);
    const count = Math.max(prefixed, sequential);
    if (sequential >= prefixed) {
      const last = count > 1 ? `...${rest[count - 1]?.slice(cut)}` : '';
      parts.push(`${first.slice(cut)}${last}`);
    } else {
      parts.push(`${first.slice(cut, cut + prefix)}{${listText(rest.slice(0, count), cut + prefix)}}`);
    }
    rest = rest.slice(count);
  }
  return parts.join(cut === 0 ? ' ' : ',');
}

/** How many names from the first on share a prefix that ends in `_`, and its length beyond `cut`. */
function prefixRun(
  names: readonly string[],
  cut: number,
): { readonly count: number; readonly prefix: number } {
  const [first = '', second] = names;
  const prefix = second === undefined ? 0 : commonPrefix(first.slice(cut), second.slice(cut));
  if (prefix === 0) return { count: 1, prefix };
  let count = 2;
  while (count < names.length && commonPrefix(first.slice(cut), (names[count] ?? '').slice(cut)) > 0) count++;
  return { count, prefix };
}

function commonPrefix(a: string, b: string): number {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return a.slice(0, same).lastIndexOf('_') + 1;
}

/** How many names from the first on count up by one; two are not worth it. */
function sequentialRun(names: readonly string[]): number {
  let count = 1;
  while (count < names.length && isNext(names[count - 1] ?? '', names[count] ?? '')) count++;
  return count === 2 ? 1 : count;
}

function isNext(a: string, b: string): boolean {
  const [, stem, number] = /^(.*?)(\d+)$/.exec(a) ?? [];
  return stem !== undefined && b === `${stem}${Number(number) + 1}`;
}
