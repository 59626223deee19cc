import type { FieldName, FieldValue } from './fields.ts';
import type { NiciraAction } from './nicira-action.ts';

/** A range of bits of a field, as in `NXM_NX_REG0[8..15]`: offset 8, bits 8. */
export interface Subfield {
  readonly field: FieldName;
  /** Lowest bit. */
  readonly offset: number;
  readonly bits: number;
  /** Set when the field came, and is to be written, under its OXM header although it has one of Nicira's. */
  readonly form?: 'oxm';
  /** Bytes of a tunnel option (tun_metadata…), where the header states fewer than its most, 124. */
  readonly size?: number;
}

/** One step of `learn`: what the learned flow matches or does (ovs-actions(7), learn). */
export type LearnSpec =
  /** The learned flow matches `to`: the value of another field of the packet, or a constant. */
  | { readonly spec: 'match'; readonly to: Subfield; readonly from: Subfield | bigint }
  /** The learned flow loads into `to`. */
  | { readonly spec: 'load'; readonly to: Subfield; readonly from: Subfield | bigint }
  /** The learned flow outputs to the port that the field names. */
  | { readonly spec: 'output'; readonly from: Subfield };

/** `learn` (NXAST_LEARN, or NXAST_LEARN2 when `limit` is there). Times are seconds, 0 is never. */
export interface LearnAction {
  readonly action: 'learn';
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly priority: number;
  readonly cookie: bigint;
  /** Sum of LEARN_FLAG. */
  readonly flags: number;
  readonly table: number;
  readonly finIdleTimeout: number;
  readonly finHardTimeout: number;
  readonly specs: readonly LearnSpec[];
  /** Most learned flows with this cookie in that table; 0 is no limit. */
  readonly limit?: number;
  /** One bit that receives 1 when the flow was learned and 0 when the limit forbade it. */
  readonly result?: Subfield;
}

/** NX_LEARN_F_*: OFPFF_SEND_FLOW_REM on the learned flow, delete learned flows with this one, write `result`. */
export const LEARN_FLAG = { sendFlowRemoved: 1, deleteLearned: 2, writeResult: 4 } as const;

/** `ct` (NXAST_CT): send the packet through connection tracking. */
export interface CtAction {
  readonly action: 'ct';
  /** Sum of CT_FLAG. */
  readonly flags: number;
  readonly zone: number | Subfield;
  /** Table where the packet goes on, or 255 for none. */
  readonly recircTable: number;
  /** 0, 21 (ftp) or 69 (tftp). */
  readonly alg: number;
  /** Actions on the connection: set_field, reg_load and reg_move of ct_mark and ct_label, nat. */
  readonly actions: readonly Action[];
}

/** NX_CT_F_*. */
export const CT_FLAG = { commit: 1, force: 2 } as const;

/** Set for Nicira's action of the same meaning, from the time of OpenFlow 1.0. */
interface Older {
  readonly form?: 'nicira';
}

/** One action, discriminated by its name in ovs-actions(7) (OF 1.3.5, 7.2.5, and Nicira's extensions). */
export type Action =
  /** `port` may be one of PORT; `maxLength` is what goes to the controller (bytes). */
  | { readonly action: 'output'; readonly port: number; readonly maxLength: number }
  | ({ readonly action: 'group'; readonly group: number } & Older)
  | ({ readonly action: 'set_queue'; readonly queue: number } & Older)
  | ({ readonly action: 'dec_ttl' } & Older)
  /** Sets the TTL of an IP packet. */
  | { readonly action: 'set_nw_ttl'; readonly ttl: number }
  | { readonly action: 'copy_ttl_out' }
  | { readonly action: 'copy_ttl_in' }
  | { readonly action: 'push_vlan'; readonly ethType: number }
  | { readonly action: 'pop_vlan' }
  | ({ readonly action: 'push_mpls'; readonly ethType: number } & Older)
  | ({ readonly action: 'pop_mpls'; readonly ethType: number } & Older)
  /** OpenFlow 1.1's set_mpls_label and set_mpls_tc, which set_field replaces; Open vSwitch still takes them. */
  | ({ readonly action: 'set_mpls_label'; readonly label: number } & Older)
  | ({ readonly action: 'set_mpls_tc'; readonly trafficClass: number } & Older)
  | ({ readonly action: 'set_mpls_ttl'; readonly ttl: number } & Older)
  | ({ readonly action: 'dec_mpls_ttl' } & Older)
  | { readonly action: 'push_pbb'; readonly ethType: number }
  | { readonly action: 'pop_pbb' }
  | NiciraAction
  /**
   * OFPAT_SET_FIELD; with a mask NXAST_REG_LOAD2. `form` is set for Nicira's header in the former, and for the
   * latter without a mask.
   */
  | {
      readonly action: 'set_field';
      readonly field: FieldName;
      readonly value: FieldValue;
      readonly mask?: FieldValue;
      /** Bytes of a tunnel option, as in FieldMatch. */
      readonly size?: number;
      readonly form?: 'nxm' | 'alias' | 'reg_load2';
    }
  | { readonly action: 'reg_move'; readonly from: Subfield; readonly to: Subfield }
  | { readonly action: 'reg_load'; readonly to: Subfield; readonly value: bigint }
  /**
   * NXAST_RESUBMIT_TABLE; table 255 is the current one. `inPort` is an OpenFlow 1.3 number, PORT.inPort for none.
   * `form` keeps the two variants apart: NXAST_RESUBMIT (no table on the wire) and NXAST_RESUBMIT_TABLE_CT.
   */
  | {
      readonly action: 'resubmit';
      readonly inPort: number;
      readonly table: number;
      readonly form?: 'port' | 'ct';
    }
  /** NXAST_OUTPUT_REG; `form` is set for NXAST_OUTPUT_REG2 where the field does not need it. */
  | {
      readonly action: 'output_reg';
      readonly from: Subfield;
      readonly maxLength: number;
      readonly form?: 'output_reg2';
    }
  | { readonly action: 'clone'; readonly actions: readonly Action[] }
  | LearnAction
  /** `clause` counts from 1, as in `conjunction(id, clause/clauses)`. */
  | { readonly action: 'conjunction'; readonly id: number; readonly clause: number; readonly clauses: number }
  | CtAction
  | { readonly action: 'ct_clear' }
  | { readonly action: 'exit' }
  | {
      readonly action: 'fin_timeout';
      readonly idleTimeout: number;
      readonly hardTimeout: number;
    }
  /** Does nothing; the encoder pads `bytes` with zeros to 6, 14, 22… */
  | { readonly action: 'note'; readonly bytes: Uint8Array }
  /** An action that this codec does not model, header included; it is written back unchanged. */
  | { readonly action: 'raw'; readonly bytes: Uint8Array };

/** Name of an action. */
export type ActionName = Action['action'];

/** One instruction of a flow (OF 1.3.5, 7.2.4). */
export type Instruction =
  | { readonly instruction: 'goto_table'; readonly table: number }
  | { readonly instruction: 'write_metadata'; readonly metadata: bigint; readonly mask: bigint }
  | { readonly instruction: 'write_actions'; readonly actions: readonly Action[] }
  | { readonly instruction: 'apply_actions'; readonly actions: readonly Action[] }
  | { readonly instruction: 'clear_actions' }
  | { readonly instruction: 'meter'; readonly meter: number }
  /** An instruction that this codec does not model, header included; it is written back unchanged. */
  | { readonly instruction: 'raw'; readonly bytes: Uint8Array };
