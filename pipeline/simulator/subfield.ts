import { FIELDS, type FieldName, type Subfield } from 'openflow-codec';
import { type MaskedWords, read, spread } from './bits.ts';
import { placeOf } from './layout.ts';

/** Ports of Nicira's 16-bit field from here on stand for the last ones of OpenFlow 1.3's 32 bits. */
const FIRST_RESERVED_SHORT = 0xff00;
const RESERVED_OFFSET = 0xffff0000;

/** A 16-bit port number in OpenFlow 1.3's 32 bits. */
export function longPort(port: number): number {
  return port < FIRST_RESERVED_SHORT ? port : port + RESERVED_OFFSET;
}

/** The value of some bits of a field. */
export function readSubfield(key: Uint32Array, { field, offset, bits }: Subfield): bigint {
  // Open vSwitch 3.1 reads the wrong byte of it (mf_get_value, lib/meta-flow.c): actions always see 0.
  if (field === 'nd_options_type') return 0n;
  const whole = field === 'nxm_in_port' ? read(key, placeOf('in_port')) & 0xffffn : read(key, placeOf(field));
  return (whole >> BigInt(offset)) & ((1n << BigInt(bits)) - 1n);
}

/** Some bits of a field as words to write or to compare. */
export function wordsOfSubfield({ field, offset, bits }: Subfield, value: bigint): MaskedWords {
  const mask = ((1n << BigInt(bits)) - 1n) << BigInt(offset);
  const at = value << BigInt(offset);
  if (field !== 'nxm_in_port') return spread(placeOf(field), at, mask);
  const isWhole = bits === FIELDS[field satisfies FieldName].bits;
  const place = placeOf('in_port');
  return isWhole ? spread(place, BigInt(longPort(Number(at))), place.ones) : spread(place, at, mask);
}
