import type { Action, FlowMod } from 'openflow-codec';
import type { Random } from './random.ts';

/** A way to spoil a flow, by the error that the switch must then answer (OF 1.3.5, 7.4.4). */
type Mistake = (flow: FlowMod, random: Random) => FlowMod;

/** Every mistake is made in a flow without match and instructions, so that no other can be found first. */
export const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  OFPBMC_BAD_PREREQ: [
    (flow) => ({ ...flow, match: [{ field: 'ip_dst', value: 1 }] }),
    (flow) => ({
      ...flow,
      match: [
        { field: 'eth_type', value: 0x800 },
        { field: 'tcp_dst', value: 1 },
      ],
    }),
  ],
  OFPBMC_DUP_FIELD: [
    (flow) => ({
      ...flow,
      match: [
        { field: 'reg1', value: 1 },
        { field: 'reg1', value: 1 },
      ],
    }),
    (flow) => ({
      ...flow,
      match: [
        { field: 'in_port', value: 1 },
        { field: 'nxm_in_port', value: 1 },
      ],
    }),
  ],
  OFPBMC_BAD_FIELD: [
    (flow) => ({ ...flow, match: [{ field: 'in_phy_port', value: 1 }] }),
    (flow) => ({ ...flow, match: [{ field: 'pbb_isid', value: 1 }] }),
    (flow) => ({ ...flow, match: [{ field: 'ipv6_exthdr', value: 1 }] }),
  ],
  OFPBRC_EPERM: [
    (flow) => ({ ...flow, match: [{ field: 'recirc_id', value: 1 }] }),
    (flow) => ({ ...flow, match: [{ field: 'dp_hash', value: 1 }] }),
  ],
  OFPBMC_BAD_WILDCARDS: [
    (flow, random) => ({ ...flow, match: [{ field: 'reg0', value: 0x80 | random.uint(7), mask: 0x7f }] }),
    (flow) => ({ ...flow, match: [{ field: 'metadata', value: 2n, mask: 1n }] }),
  ],
  OFPBMC_BAD_VALUE: [
    (flow, random) => ({ ...flow, match: [{ field: 'in_port', value: random.between(0x10000, 0xffffff) }] }),
  ],
  OFPBIC_BAD_TABLE_ID: [
    (flow, random) => ({
      ...flow,
      instructions: [{ instruction: 'goto_table', table: random.between(0, flow.tableId) }],
    }),
  ],
  OFPMMFC_INVALID_METER: [(flow) => ({ ...flow, instructions: [{ instruction: 'meter', meter: 4000 }] })],
  OFPBAC_BAD_OUT_PORT: [
    doing({ action: 'output', port: 0xffff_ff80, maxLength: 0 }),
    doing({ action: 'output', port: 0x0001_0000, maxLength: 0 }),
  ],
  OFPBAC_BAD_OUT_GROUP: [doing({ action: 'group', group: 999_999 })],
  OFPBAC_BAD_TYPE: [
    doing({ action: 'copy_ttl_in' }),
    doing({ action: 'copy_ttl_out' }),
    doing({ action: 'push_pbb', ethType: 0x88e7 }),
    doing({ action: 'pop_pbb' }),
  ],
  OFPBAC_MATCH_INCONSISTENT: [
    doing({ action: 'dec_ttl' }),
    doing({ action: 'set_field', field: 'tcp_dst', value: 80 }),
    doing({ action: 'dec_nsh_ttl' }),
  ],
  OFPBAC_BAD_SET_ARGUMENT: [doing({ action: 'set_field', field: 'in_port', value: 0x0001_0000 })],
  OFPBAC_BAD_ARGUMENT: [
    doing({ action: 'push_vlan', ethType: 0x0800 }),
    doing({ action: 'push_mpls', ethType: 0x0800 }),
  ],
};

function doing(action: Action): Mistake {
  return (flow) => ({ ...flow, instructions: [{ instruction: 'apply_actions', actions: [action] }] });
}
