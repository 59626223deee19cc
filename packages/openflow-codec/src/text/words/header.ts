import type { Action } from '../../action.ts';
import { VLAN_PRESENT } from '../../constants.ts';
import type { FieldName } from '../../fields.ts';
import { parseIpv4, parseMac } from '../address.ts';
import { parseNumber, parseWide } from '../number.ts';
import { PROTOCOL, protocolKey, TRANSPORT } from '../protocols.ts';
import { listOf, type Slice, unexpected } from '../slice.ts';
import type { Word, Words } from './context.ts';
import { plain } from './output.ts';

const VLAN_TAG = 0x8100;
const VLAN_TAGS: readonly number[] = [VLAN_TAG, 0x88a8];
const ECN_BITS = 2;

/** Words of the actions that set, add and remove parts of a packet's headers (ovs-actions(7)). */
export const HEADER_WORDS: Words = {
  push_vlan(value, { state }) {
    const ethType = parseNumber(value, 16, 'an Ethernet type');
    if (!VLAN_TAGS.includes(ethType)) throw unexpected('OFT_VALUE', value, '0x8100 or 0x88a8');
    state.hasVlan = true;
    return [{ action: 'push_vlan', ethType }];
  },
  pop_vlan: popVlan,
  strip_vlan: popVlan,
  mod_vlan_vid: vlan('vlan_vid', 12, true),
  set_vlan_vid: vlan('vlan_vid', 12, false),
  mod_vlan_pcp: vlan('vlan_pcp', 3, true),
  set_vlan_pcp: vlan('vlan_pcp', 3, false),
  push_mpls: (value) => [{ action: 'push_mpls', ethType: parseNumber(value, 16, 'an Ethernet type') }],
  pop_mpls: (value) => [{ action: 'pop_mpls', ethType: parseNumber(value, 16, 'an Ethernet type') }],
  set_mpls_label: (value) => set('mpls_label', parseNumber(value, 20, 'a label')),
  set_mpls_tc: (value) => set('mpls_tc', parseNumber(value, 3, 'a traffic class')),
  set_mpls_ttl: (value) => [{ action: 'set_mpls_ttl', ttl: parseNumber(value, 8, 'a TTL') }],
  dec_mpls_ttl: plain({ action: 'dec_mpls_ttl' }),
  mod_dl_src: (value) => set('eth_src', parseMac(value)),
  mod_dl_dst: (value) => set('eth_dst', parseMac(value)),
  mod_nw_src: (value) => set('ip_src', parseIpv4(value)),
  mod_nw_dst: (value) => set('ip_dst', parseIpv4(value)),
  mod_nw_tos(value) {
    const tos = parseNumber(value, 8, 'a TOS');
    if ((tos & ((1 << ECN_BITS) - 1)) !== 0)
      throw unexpected('OFT_VALUE', value, 'a TOS that is a multiple of 4');
    return set('ip_dscp', tos >> ECN_BITS);
  },
  mod_nw_ecn: (value) => set('ip_ecn', parseNumber(value, ECN_BITS, 'an ECN')),
  mod_nw_ttl: setTtl,
  set_nw_ttl: setTtl,
  mod_tp_src: transportPort('source'),
  mod_tp_dst: transportPort('destination'),
  dec_ttl(value) {
    const ids = listOf(value).map((id) => parseNumber(id, 16, 'a controller id'));
    return value.text === '' ? [{ action: 'dec_ttl' }] : [{ action: 'dec_ttl_cnt_ids', ids }];
  },
  dec_nsh_ttl: plain({ action: 'dec_nsh_ttl' }),
  set_tunnel: setTunnel,
  set_tunnel64: setTunnel,
};

function set(field: FieldName, value: number | bigint): Action[] {
  return [{ action: 'set_field', field, value }];
}

function popVlan(value: Slice, context: Parameters<Word>[1]): readonly Action[] {
  context.state.hasVlan = false;
  return plain({ action: 'pop_vlan' })(value, context);
}

/** OpenFlow 1.0's words for a tag; those with `pushes` add one to packets that have none. */
function vlan(field: 'vlan_vid' | 'vlan_pcp', bits: number, pushes: boolean): Word {
  return (value, { state }) => {
    const number = parseNumber(value, bits, 'a number');
    const push: Action[] = pushes && !state.hasVlan ? [{ action: 'push_vlan', ethType: VLAN_TAG }] : [];
    state.hasVlan ||= pushes;
    return [...push, ...set(field, field === 'vlan_vid' ? number | VLAN_PRESENT : number)];
  };
}

function setTtl(value: Slice): Action[] {
  return [{ action: 'set_nw_ttl', ttl: parseNumber(value, 8, 'a TTL') }];
}

function setTunnel(value: Slice): Action[] {
  return set('tun_id', parseWide(value, 64, 'a tunnel id'));
}

/** OpenFlow 1.0's words for a port, whose field depends on the protocol that the flow matches. */
function transportPort(end: keyof typeof TRANSPORT): Word {
  return (value, { state: { ethertype, protocol } }) => {
    const field = TRANSPORT[end].fields.get(protocolKey(ethertype, protocol));
    if (field === undefined || protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6) {
      throw unexpected('OFT_NEED', value, 'a match of tcp, udp or sctp');
    }
    return set(field, parseNumber(value, 16, 'a port'));
  };
}
