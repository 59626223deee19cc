import { type FieldName, isFieldName, PORT } from 'openflow-codec';
import type { Outcome } from '#pipeline/simulator';
import { numberOf } from './numbers.ts';

/** Fields by the names that Open vSwitch prints for them, where they are not ours. */
const NAMES: Readonly<Record<string, FieldName>> = {
  dl_src: 'eth_src',
  dl_dst: 'eth_dst',
  dl_type: 'eth_type',
  nw_src: 'ip_src',
  nw_dst: 'ip_dst',
  nw_proto: 'ip_proto',
  nw_ecn: 'ip_ecn',
  tp_src: 'tcp_src',
  tp_dst: 'tcp_dst',
};
/** Printed by Open vSwitch, and no part of what is compared. */
const IGNORED =
  /^(tun_(gbp_|tos|ttl|erspan|flags|tp)|gtpu|nw_frag|tcp_flags|vlan_tci1|dl_vlan1|dl_vlan_pcp1|igmp|skb_|recirc|ct_|ipv6_label)/;
/** Zero when Open vSwitch does not print them. */
const SILENT: readonly FieldName[] = [
  ...[
    'metadata',
    'tun_src',
    'tun_dst',
    'tun_ipv6_src',
    'tun_ipv6_dst',
    'reg0',
    'reg1',
    'reg2',
    'reg3',
    'reg4',
    'reg5',
    'reg6',
    'reg7',
    'reg11',
    'reg15',
  ],
].filter(isFieldName);
const PORT_NAMES: Readonly<Record<string, number>> = { LOCAL: PORT.local, ANY: PORT.any, NONE: PORT.any };

/** How the fields at the end of a packet's way differ from what Open vSwitch says; nothing when they don't. */
export function differentFields(final: ReadonlyMap<string, string>, { field }: Outcome): string[] {
  const differences: string[] = [];
  const expect = (name: string, expected: bigint, actual: bigint) => {
    if (expected !== actual) differences.push(`${name} is ${hex(expected)}, simulated ${hex(actual)}`);
  };
  for (const [name, text] of final) {
    const ours = NAMES[name] ?? name;
    if (text === '' || IGNORED.test(name)) continue;
    if (name === 'dl_vlan') expect(name, BigInt(text), BigInt(field('vlan_vid')) & 0xfffn);
    else if (name === 'dl_vlan_pcp') expect(name, BigInt(text), BigInt(field('vlan_pcp')));
    else if (name === 'icmp_type' || name === 'icmp_code') expect(name, BigInt(text), BigInt(field(name)));
    else if (name === 'in_port') expect(name, BigInt(PORT_NAMES[text] ?? text), BigInt(field('in_port')));
    else if (isFieldName(ours)) expect(name, numberOf(text), BigInt(field(ours)));
    else differences.push(`${name}=${text} is not understood`);
  }
  for (const name of SILENT) if (!final.has(name)) expect(name, 0n, BigInt(field(name)));
  return differences;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
