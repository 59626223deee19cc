import { EXPERIMENTER, type Field, type FieldHeader, OXM_CLASS } from './field.ts';

const oxm = (number: number): FieldHeader => ({ class: OXM_CLASS.basic, number });
const nxm0 = (number: number): FieldHeader => ({ class: OXM_CLASS.nxm0, number });
const nxm1 = (number: number): FieldHeader => ({ class: OXM_CLASS.nxm1, number });
const onf = (number: number): FieldHeader => ({
  class: OXM_CLASS.experimenter,
  number,
  experimenter: EXPERIMENTER.onf,
});
/** ERICOXM_OF: Ericsson's class of neighbour discovery fields (ovs-fields(7)). */
const ericsson = (number: number): FieldHeader => ({ class: OXM_CLASS.ericsson, number });

/** NXM_NX_REG0 to NXM_NX_REG15: 32-bit registers, all zero when a packet arrives. */
const reg = (index: number): Field => ({
  oxm: nxm1(index),
  bits: 32,
  maskable: true,
  as: 'hex',
  header: `NXM_NX_REG${index}`,
});
/** OXM_OF_PKT_REG0 to 7 (OF 1.5.1, 7.2.3.9): two registers as one, the even one on top. */
const xreg = (index: number): Field => ({
  oxm: { class: OXM_CLASS.packetRegisters, number: index },
  bits: 64,
  maskable: true,
  as: 'hex',
  header: `OXM_OF_PKT_REG${index}`,
});
/** NXM_NX_XXREG0 to 3: four registers as one. */
const xxreg = (index: number): Field => ({
  oxm: nxm1(111 + index),
  bits: 128,
  maskable: true,
  as: 'hex',
  header: `NXM_NX_XXREG${index}`,
});

/** NXOXM_ET_*: Nicira's experimenter class. */
const nxoxm = (number: number): FieldHeader => ({
  class: OXM_CLASS.experimenter,
  number,
  experimenter: EXPERIMENTER.nicira,
});
/** NXOXM_NSH_*: fields of the network service header (RFC 8300). */
const nsh = (number: number): FieldHeader => ({
  class: OXM_CLASS.experimenter,
  number,
  experimenter: EXPERIMENTER.nsh,
});
/** NXOXM_NSH_C1 to C4: the context headers. */
const nshContext = (index: number): Field => ({
  oxm: nsh(5 + index),
  bits: 32,
  maskable: true,
  as: 'hex',
  needs: 'nsh',
  header: `NXOXM_NSH_C${index}`,
});
/** Most bytes of a tunnel option (RFC 8926, 3.5). */
const MOST_OPTION_BYTES = 124;

type TunnelOptionName = `tun_metadata${number}`;

/** NXM_NX_TUN_METADATA0 to 63: tunnel options that a table in the switch ties to these fields. */
const tunnelOptions = (): Record<TunnelOptionName, Field> =>
  Object.fromEntries(
    Array.from({ length: 64 }, (_, index): [TunnelOptionName, Field] => [
      `tun_metadata${index}`,
      {
        oxm: nxm1(40 + index),
        bits: MOST_OPTION_BYTES * 8,
        size: MOST_OPTION_BYTES,
        isVariable: true,
        maskable: true,
        as: 'hex',
        header: `NXM_NX_TUN_METADATA${index}`,
      },
    ]),
  );

const rows = <Name extends string>(table: Record<Name, Field>): Readonly<Record<Name, Field>> => table;

/**
 * Every match field this codec knows, by its name in ovs-fields(7): the one place where its number is written
 * (OF 1.3.5, 7.2.3.7 and ovs-fields(7)). The rows stand in the order in which ovs-vswitchd writes them in a
 * match on OpenFlow 1.3, so that a canonical match is its fields in this order (see canonicalMatch).
 * `in_port` is the 32-bit field of matches; actions that move or load Nicira's 16-bit one name `nxm_in_port`.
 */
// biome-ignore format: a table reads best with one row a line.
export const FIELDS = rows({
  packet_type: { oxm: oxm(44), bits: 32, maskable: false, readOnly: true, as: 'packetType', header: 'OXM_OF_PACKET_TYPE' },
  dp_hash: { oxm: nxm1(35), alias: nxoxm(0), bits: 32, maskable: true, readOnly: true, as: 'hex', header: 'NXM_NX_DP_HASH' },
  recirc_id: { oxm: nxm1(36), bits: 32, maskable: false, readOnly: true, as: 'decimal', header: 'NXM_NX_RECIRC_ID' },
  conj_id: { oxm: nxm1(37), bits: 32, maskable: false, readOnly: true, as: 'decimal', header: 'NXM_NX_CONJ_ID' },
  in_port: { oxm: oxm(0), bits: 32, maskable: false, as: 'port', header: 'OXM_OF_IN_PORT' },
  nxm_in_port: { oxm: nxm0(0), bits: 16, maskable: false, as: 'port', text: 'in_port', header: 'NXM_OF_IN_PORT' },
  in_phy_port: { oxm: oxm(1), bits: 32, maskable: false, as: 'port', header: 'OXM_OF_IN_PHY_PORT' },
  actset_output: { oxm: onf(43), alias: oxm(43), bits: 32, maskable: false, readOnly: true, as: 'port', header: 'ONFOXM_ET_ACTSET_OUTPUT' },
  eth_src: { oxm: oxm(4), nxm: nxm0(2), bits: 48, maskable: true, as: 'mac', header: 'NXM_OF_ETH_SRC' },
  eth_dst: { oxm: oxm(3), nxm: nxm0(1), bits: 48, maskable: true, as: 'mac', header: 'NXM_OF_ETH_DST' },
  eth_type: { oxm: oxm(5), nxm: nxm0(3), bits: 16, maskable: false, readOnly: true, as: 'hex', header: 'NXM_OF_ETH_TYPE' },
  vlan_vid: { oxm: oxm(6), bits: 13, actionBits: 12, maskable: true, as: 'decimal', header: 'OXM_OF_VLAN_VID' },
  vlan_pcp: { oxm: oxm(7), bits: 3, maskable: false, as: 'decimal', needs: 'vlan', header: 'OXM_OF_VLAN_PCP' },
  vlan_tci: { oxm: nxm0(4), bits: 16, maskable: true, as: 'hex', header: 'NXM_OF_VLAN_TCI' },
  mpls_tc: { oxm: oxm(35), bits: 3, maskable: false, as: 'decimal', needs: 'mpls', header: 'OXM_OF_MPLS_TC' },
  mpls_bos: { oxm: oxm(36), bits: 1, maskable: false, readOnly: true, as: 'decimal', needs: 'mpls', header: 'OXM_OF_MPLS_BOS' },
  mpls_ttl: { oxm: nxm1(30), bits: 8, maskable: false, as: 'decimal', needs: 'mpls', header: 'NXM_NX_MPLS_TTL' },
  mpls_label: { oxm: oxm(34), bits: 20, maskable: false, as: 'decimal', needs: 'mpls', header: 'OXM_OF_MPLS_LABEL' },
  ip_src: { oxm: oxm(11), nxm: nxm0(7), bits: 32, maskable: true, as: 'ipv4', needs: 'ipv4', header: 'NXM_OF_IP_SRC' },
  ip_dst: { oxm: oxm(12), nxm: nxm0(8), bits: 32, maskable: true, as: 'ipv4', needs: 'ipv4', header: 'NXM_OF_IP_DST' },
  ipv6_src: { oxm: oxm(26), nxm: nxm1(19), bits: 128, maskable: true, as: 'ipv6', needs: 'ipv6', header: 'NXM_NX_IPV6_SRC' },
  ipv6_dst: { oxm: oxm(27), nxm: nxm1(20), bits: 128, maskable: true, as: 'ipv6', needs: 'ipv6', header: 'NXM_NX_IPV6_DST' },
  ip_frag: { oxm: nxm1(26), bits: 2, maskable: true, readOnly: true, as: 'ipFrag', needs: 'ip', header: 'NXM_NX_IP_FRAG' },
  ip_dscp: { oxm: oxm(8), bits: 6, maskable: false, as: 'decimal', needs: 'ip', header: 'OXM_OF_IP_DSCP' },
  nw_tos: { oxm: nxm0(5), bits: 8, maskable: false, as: 'decimal', needs: 'ip', header: 'NXM_OF_IP_TOS' },
  ip_ecn: { oxm: oxm(9), nxm: nxm1(28), bits: 2, maskable: false, as: 'decimal', needs: 'ip', text: 'nw_ecn', header: 'NXM_NX_IP_ECN' },
  nw_ttl: { oxm: nxm1(29), bits: 8, maskable: false, as: 'decimal', needs: 'ip', header: 'NXM_NX_IP_TTL' },
  ipv6_label: { oxm: oxm(28), nxm: nxm1(27), bits: 20, maskable: true, as: 'hex', needs: 'ipv6', header: 'NXM_NX_IPV6_LABEL' },
  ip_proto: { oxm: oxm(10), nxm: nxm0(6), bits: 8, maskable: false, readOnly: true, as: 'decimal', needs: 'ip', text: 'nw_proto', header: 'NXM_OF_IP_PROTO' },
  tcp_src: { oxm: oxm(13), nxm: nxm0(9), bits: 16, maskable: true, as: 'decimal', needs: 'tcp', header: 'NXM_OF_TCP_SRC' },
  tcp_dst: { oxm: oxm(14), nxm: nxm0(10), bits: 16, maskable: true, as: 'decimal', needs: 'tcp', header: 'NXM_OF_TCP_DST' },
  tcp_flags: { oxm: onf(42), nxm: nxm1(34), alias: oxm(42), bits: 16, actionBits: 12, maskable: true, readOnly: true, as: 'tcpFlags', needs: 'tcp', header: 'NXM_NX_TCP_FLAGS' },
  udp_src: { oxm: oxm(15), nxm: nxm0(11), bits: 16, maskable: true, as: 'decimal', needs: 'udp', header: 'NXM_OF_UDP_SRC' },
  udp_dst: { oxm: oxm(16), nxm: nxm0(12), bits: 16, maskable: true, as: 'decimal', needs: 'udp', header: 'NXM_OF_UDP_DST' },
  sctp_src: { oxm: oxm(17), bits: 16, maskable: true, as: 'decimal', needs: 'sctp', header: 'OXM_OF_SCTP_SRC' },
  sctp_dst: { oxm: oxm(18), bits: 16, maskable: true, as: 'decimal', needs: 'sctp', header: 'OXM_OF_SCTP_DST' },
  icmp_type: { oxm: oxm(19), nxm: nxm0(13), bits: 8, maskable: false, as: 'decimal', needs: 'icmp', header: 'NXM_OF_ICMP_TYPE' },
  icmp_code: { oxm: oxm(20), nxm: nxm0(14), bits: 8, maskable: false, as: 'decimal', needs: 'icmp', header: 'NXM_OF_ICMP_CODE' },
  icmpv6_type: { oxm: oxm(29), nxm: nxm1(21), bits: 8, maskable: false, as: 'decimal', needs: 'icmpv6', header: 'NXM_NX_ICMPV6_TYPE' },
  icmpv6_code: { oxm: oxm(30), nxm: nxm1(22), bits: 8, maskable: false, as: 'decimal', needs: 'icmpv6', header: 'NXM_NX_ICMPV6_CODE' },
  nd_reserved: { oxm: ericsson(1), bits: 32, maskable: false, as: 'decimal', needs: 'nd', header: 'ERICOXM_OF_ICMPV6_ND_RESERVED' },
  nd_target: { oxm: oxm(31), nxm: nxm1(23), bits: 128, maskable: true, as: 'ipv6', needs: 'nd', header: 'NXM_NX_ND_TARGET' },
  nd_options_type: { oxm: ericsson(2), bits: 8, maskable: false, as: 'decimal', needs: 'nd', header: 'ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE' },
  nd_sll: { oxm: oxm(32), nxm: nxm1(24), bits: 48, maskable: true, as: 'mac', needs: 'ndSolicit', header: 'NXM_NX_ND_SLL' },
  nd_tll: { oxm: oxm(33), nxm: nxm1(25), bits: 48, maskable: true, as: 'mac', needs: 'ndAdvert', header: 'NXM_NX_ND_TLL' },
  arp_op: { oxm: oxm(21), nxm: nxm0(15), bits: 16, maskable: false, as: 'decimal', needs: 'arp', header: 'NXM_OF_ARP_OP' },
  arp_spa: { oxm: oxm(22), nxm: nxm0(16), bits: 32, maskable: true, as: 'ipv4', needs: 'arp', header: 'NXM_OF_ARP_SPA' },
  arp_tpa: { oxm: oxm(23), nxm: nxm0(17), bits: 32, maskable: true, as: 'ipv4', needs: 'arp', header: 'NXM_OF_ARP_TPA' },
  arp_sha: { oxm: oxm(24), nxm: nxm1(17), bits: 48, maskable: true, as: 'mac', needs: 'arp', header: 'NXM_NX_ARP_SHA' },
  arp_tha: { oxm: oxm(25), nxm: nxm1(18), bits: 48, maskable: true, as: 'mac', needs: 'arp', header: 'NXM_NX_ARP_THA' },
  tun_id: { oxm: oxm(38), nxm: nxm1(16), bits: 64, maskable: true, as: 'hex', header: 'NXM_NX_TUN_ID' },
  tun_flags: { oxm: nxm1(104), bits: 16, actionBits: 1, maskable: true, as: 'tunFlags', header: 'NXM_NX_TUN_FLAGS' },
  tun_src: { oxm: nxm1(31), bits: 32, maskable: true, as: 'ipv4', header: 'NXM_NX_TUN_IPV4_SRC' },
  tun_dst: { oxm: nxm1(32), bits: 32, maskable: true, as: 'ipv4', header: 'NXM_NX_TUN_IPV4_DST' },
  tun_ipv6_src: { oxm: nxm1(109), bits: 128, maskable: true, as: 'ipv6', header: 'NXM_NX_TUN_IPV6_SRC' },
  tun_ipv6_dst: { oxm: nxm1(110), bits: 128, maskable: true, as: 'ipv6', header: 'NXM_NX_TUN_IPV6_DST' },
  tun_gbp_id: { oxm: nxm1(38), bits: 16, maskable: true, as: 'decimal', header: 'NXM_NX_TUN_GBP_ID' },
  tun_gbp_flags: { oxm: nxm1(39), bits: 8, maskable: true, as: 'hex', header: 'NXM_NX_TUN_GBP_FLAGS' },
  ...tunnelOptions(),
  tun_erspan_idx: { oxm: nxoxm(11), bits: 20, maskable: true, as: 'hex', header: 'NXOXM_ET_ERSPAN_IDX' },
  tun_erspan_ver: { oxm: nxoxm(12), bits: 4, maskable: true, as: 'decimal', header: 'NXOXM_ET_ERSPAN_VER' },
  tun_erspan_dir: { oxm: nxoxm(13), bits: 1, maskable: true, as: 'decimal', header: 'NXOXM_ET_ERSPAN_DIR' },
  tun_erspan_hwid: { oxm: nxoxm(14), bits: 6, maskable: true, as: 'hex', header: 'NXOXM_ET_ERSPAN_HWID' },
  tun_gtpu_flags: { oxm: nxoxm(15), bits: 8, maskable: true, readOnly: true, as: 'hex', header: 'NXOXM_ET_GTPU_FLAGS' },
  tun_gtpu_msgtype: { oxm: nxoxm(16), bits: 8, maskable: true, readOnly: true, as: 'decimal', header: 'NXOXM_ET_GTPU_MSGTYPE' },
  nsh_flags: { oxm: nsh(1), bits: 8, maskable: true, as: 'decimal', needs: 'nsh', header: 'NXOXM_NSH_FLAGS' },
  nsh_ttl: { oxm: nsh(10), bits: 8, maskable: false, as: 'decimal', needs: 'nsh', header: 'NXOXM_NSH_TTL' },
  nsh_mdtype: { oxm: nsh(2), bits: 8, maskable: false, readOnly: true, as: 'decimal', needs: 'nsh', header: 'NXOXM_NSH_MDTYPE' },
  nsh_np: { oxm: nsh(3), bits: 8, maskable: false, readOnly: true, as: 'decimal', needs: 'nsh', header: 'NXOXM_NSH_NP' },
  nsh_spi: { oxm: nsh(4), bits: 24, maskable: false, as: 'hex', needs: 'nsh', header: 'NXOXM_NSH_SPI' },
  nsh_si: { oxm: nsh(5), bits: 8, maskable: false, as: 'decimal', needs: 'nsh', header: 'NXOXM_NSH_SI' },
  nsh_c1: nshContext(1), nsh_c2: nshContext(2), nsh_c3: nshContext(3), nsh_c4: nshContext(4),
  reg0: reg(0), reg1: reg(1), reg2: reg(2), reg3: reg(3), reg4: reg(4), reg5: reg(5), reg6: reg(6), reg7: reg(7),
  reg8: reg(8), reg9: reg(9), reg10: reg(10), reg11: reg(11), reg12: reg(12), reg13: reg(13), reg14: reg(14), reg15: reg(15),
  xreg0: xreg(0), xreg1: xreg(1), xreg2: xreg(2), xreg3: xreg(3), xreg4: xreg(4), xreg5: xreg(5), xreg6: xreg(6), xreg7: xreg(7),
  xxreg0: xxreg(0), xxreg1: xxreg(1), xxreg2: xxreg(2), xxreg3: xxreg(3),
  pkt_mark: { oxm: nxm1(33), bits: 32, maskable: true, as: 'hex', header: 'NXM_NX_PKT_MARK' },
  ct_state: { oxm: nxm1(105), bits: 32, maskable: true, readOnly: true, as: 'ctState', header: 'NXM_NX_CT_STATE' },
  ct_zone: { oxm: nxm1(106), bits: 16, maskable: false, readOnly: true, as: 'decimal', header: 'NXM_NX_CT_ZONE' },
  ct_mark: { oxm: nxm1(107), bits: 32, maskable: true, as: 'hex', header: 'NXM_NX_CT_MARK' },
  ct_label: { oxm: nxm1(108), bits: 128, maskable: true, as: 'hex', header: 'NXM_NX_CT_LABEL' },
  ct_nw_src: { oxm: nxm1(120), bits: 32, maskable: true, readOnly: true, as: 'ipv4', needs: 'ct', header: 'NXM_NX_CT_NW_SRC' },
  ct_ipv6_src: { oxm: nxm1(122), bits: 128, maskable: true, readOnly: true, as: 'ipv6', needs: 'ct', header: 'NXM_NX_CT_IPV6_SRC' },
  ct_nw_dst: { oxm: nxm1(121), bits: 32, maskable: true, readOnly: true, as: 'ipv4', needs: 'ct', header: 'NXM_NX_CT_NW_DST' },
  ct_ipv6_dst: { oxm: nxm1(123), bits: 128, maskable: true, readOnly: true, as: 'ipv6', needs: 'ct', header: 'NXM_NX_CT_IPV6_DST' },
  ct_nw_proto: { oxm: nxm1(119), bits: 8, maskable: false, readOnly: true, as: 'decimal', needs: 'ct', header: 'NXM_NX_CT_NW_PROTO' },
  ct_tp_src: { oxm: nxm1(124), bits: 16, maskable: true, readOnly: true, as: 'decimal', needs: 'ct', header: 'NXM_NX_CT_TP_SRC' },
  ct_tp_dst: { oxm: nxm1(125), bits: 16, maskable: true, readOnly: true, as: 'decimal', needs: 'ct', header: 'NXM_NX_CT_TP_DST' },
  metadata: { oxm: oxm(2), bits: 64, maskable: true, as: 'hex', header: 'OXM_OF_METADATA' },
  pbb_isid: { oxm: oxm(37), bits: 24, size: 3, maskable: true, as: 'decimal', needs: 'pbb', header: 'OXM_OF_PBB_ISID' },
  ipv6_exthdr: { oxm: oxm(39), bits: 9, maskable: true, as: 'decimal', needs: 'ipv6', header: 'OXM_OF_IPV6_EXTHDR' },
});

/** Name of a match field. */
export type FieldName = keyof typeof FIELDS;

/** Value or mask of a field: a number for fields of up to 32 bits, a bigint for wider ones. */
export type FieldValue = number | bigint;

/** All names, in the order of the table. */
export const FIELD_NAMES: readonly FieldName[] = Object.keys(FIELDS).filter(isFieldName);

/** True for the name of a field in the table. */
export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name);
}
