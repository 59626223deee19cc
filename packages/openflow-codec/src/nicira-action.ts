import type { Subfield } from './action.ts';
import type { FieldName } from './fields.ts';

/** What of a packet a hash is made of (ovs-actions(7), multipath). */
export type HashFields =
  | 'eth_src'
  | 'symmetric_l4'
  | 'symmetric_l3l4'
  | 'symmetric_l3l4+udp'
  | 'nw_src'
  | 'nw_dst'
  | 'symmetric_l3';

/** How `multipath` makes a link of a hash (ovs-actions(7), multipath). */
export type MultipathAlgorithm = 'modulo_n' | 'hash_threshold' | 'hrw' | 'iter_hash';

/** How `bundle` chooses a member (ovs-actions(7), bundle). */
export type BundleAlgorithm = 'active_backup' | 'hrw';

/** Of `bundle` and `bundle_load`: the members are ports, in OpenFlow 1.3 numbers. */
interface BundleMembers {
  readonly fields: HashFields;
  readonly basis: number;
  readonly algorithm: BundleAlgorithm;
  readonly members: readonly number[];
}

/** `controller` with options (NXAST_CONTROLLER2); what is left out is not on the wire and has its default. */
export interface Controller2Action {
  readonly action: 'controller2';
  /** Bytes of the packet; all unless told. */
  readonly maxLength?: number;
  readonly controllerId?: number;
  /** OFPR_*; 1 (action) unless told. */
  readonly reason?: number;
  readonly userdata?: Uint8Array;
  /** Stop until the controller sends a resume. */
  readonly pause?: true;
  readonly meter?: number;
}

/**
 * `nat` inside of `ct` (NXAST_NAT). An address range is IPv4 or IPv6, and a range of one has no end. `flags` is a
 * sum of NAT_FLAG.
 */
export interface NatAction {
  readonly action: 'nat';
  readonly flags: number;
  readonly ipv4Min?: number;
  readonly ipv4Max?: number;
  readonly ipv6Min?: bigint;
  readonly ipv6Max?: bigint;
  readonly portMin?: number;
  readonly portMax?: number;
}

/** NX_NAT_F_*. */
export const NAT_FLAG = { source: 1, destination: 2, persistent: 4, hash: 8, random: 16 } as const;

/** Which copy of a packet `sample` takes, where it names a port (ovs-actions(7), sample). */
export type SampleDirection = 'default' | 'ingress' | 'egress';

/** `sample` (NXAST_SAMPLE; NXAST_SAMPLE2 with a port, NXAST_SAMPLE3 with a direction too). */
export interface SampleAction {
  readonly action: 'sample';
  /** Of 65,535 packets so many are sampled. */
  readonly probability: number;
  readonly collectorSetId: number;
  readonly observationDomainId: number;
  readonly observationPointId: number;
  /** OpenFlow 1.3 number; PORT.any is none. */
  readonly samplingPort?: number;
  readonly direction?: SampleDirection;
}

/** A property of the header that `encap` pushes (ovs-actions(7), encap). */
export type EncapProperty =
  | { readonly property: 'nshMdType'; readonly mdType: number }
  | {
      readonly property: 'nshTlv';
      readonly tlvClass: number;
      readonly tlvType: number;
      readonly data: Uint8Array;
    }
  /** Another property, header included. */
  | { readonly property: 'raw'; readonly bytes: Uint8Array };

/** Nicira's actions without a counterpart in OpenFlow 1.3, named as on the wire (ovs-actions(7)). */
export type NiciraAction =
  | { readonly action: 'set_tunnel'; readonly tunnel: number }
  | { readonly action: 'set_tunnel64'; readonly tunnel: bigint }
  | { readonly action: 'pop_queue' }
  | {
      readonly action: 'multipath';
      readonly fields: HashFields;
      readonly basis: number;
      readonly algorithm: MultipathAlgorithm;
      /** Number of links less one. */
      readonly maxLink: number;
      readonly argument: number;
      readonly to: Subfield;
    }
  | (BundleMembers & { readonly action: 'bundle' })
  | (BundleMembers & { readonly action: 'bundle_load'; readonly to: Subfield })
  /** Output to the controllers with `controllerId`; `reason` is one of OFPR_*. */
  | {
      readonly action: 'controller';
      readonly maxLength: number;
      readonly controllerId: number;
      readonly reason: number;
    }
  | Controller2Action
  /** `dec_ttl(id,…)`: an expired TTL goes to these controllers only. */
  | { readonly action: 'dec_ttl_cnt_ids'; readonly ids: readonly number[] }
  /** NXAST_WRITE_METADATA; in OpenFlow 1.3 the instruction of that name does the same. */
  | { readonly action: 'write_metadata'; readonly metadata: bigint; readonly mask: bigint }
  | { readonly action: 'stack_push'; readonly from: Subfield }
  | { readonly action: 'stack_pop'; readonly to: Subfield }
  | SampleAction
  | NatAction
  /** `port` is an OpenFlow 1.3 number; the packet is cut to `maxLength` bytes. */
  | { readonly action: 'output_trunc'; readonly port: number; readonly maxLength: number }
  /** `packetType` is a namespace in the upper 16 bits and a type in the lower, as the field packet_type. */
  | {
      readonly action: 'encap';
      readonly headerSize: number;
      readonly packetType: number;
      readonly properties: readonly EncapProperty[];
    }
  | { readonly action: 'decap'; readonly packetType: number }
  | { readonly action: 'dec_nsh_ttl' }
  /** Sets one bit when the packet is longer than `length` bytes. */
  | { readonly action: 'check_pkt_larger'; readonly length: number; readonly to: Subfield }
  /** Removes a tunnel option; `size` is as in Subfield. */
  | {
      readonly action: 'delete_field';
      readonly field: FieldName;
      readonly form?: 'oxm';
      readonly size?: number;
    }
  /** ONF's copy-field (EXT-320): as reg_move, and in OpenFlow 1.5 an action of its own. */
  | { readonly action: 'copy_field'; readonly from: Subfield; readonly to: Subfield };
