import type { FieldName, FieldValue } from './fields.ts';

/**
 * One field that a packet must carry (OF 1.3.5, 7.2.3): `value`, in the bits of `mask` that are 1; all bits
 * without a mask. `vlan_vid` includes OFPVID_PRESENT (0x1000).
 */
export interface FieldMatch {
  readonly field: FieldName;
  readonly value: FieldValue;
  readonly mask?: FieldValue;
  /** Bytes of the value of a tunnel option (tun_metadata…); the fewest words that hold it unless told. */
  readonly size?: number;
  /** Set when the field came, and is to be written, under the header that Nicira's actions use, or its third one. */
  readonly form?: 'nxm' | 'alias';
}

/** An OXM entry of an unknown class or number, its header included; it is written back unchanged. */
export interface RawField {
  readonly field: 'raw';
  readonly bytes: Uint8Array;
}

/** A flow match: the fields in the order of the wire. An empty match matches every packet. */
export type Match = readonly (FieldMatch | RawField)[];
