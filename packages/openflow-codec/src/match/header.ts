import { CodecError } from '../errors.ts';
import { type FieldHeader, OXM_CLASS } from '../field.ts';
import { FIELD_NAMES, FIELDS, type FieldName } from '../fields.ts';
import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { wireSize } from './value.ts';

/** Which of a field's headers is meant: the match's, the one of Nicira's actions, or the third one. */
export type HeaderForm = 'oxm' | 'nxm' | 'alias';

/** An OXM header as it was read (OF 1.3.5, 7.2.3.2). */
export interface EntryHeader {
  /** The field, unless class and number are unknown. */
  readonly field: FieldName | undefined;
  /** Undefined when the field has one header for matches and actions, and this is it. */
  readonly form: HeaderForm | undefined;
  readonly hasMask: boolean;
  /** Bytes after the header, the experimenter id not included. */
  readonly payload: number;
}

const HEADER_SIZE = 4;
const EXPERIMENTER_SIZE = 4;

interface Known {
  readonly field: FieldName;
  readonly form: HeaderForm | undefined;
}

const KNOWN = new Map<number, Known>();
for (const field of FIELD_NAMES) {
  const { oxm, nxm, alias } = FIELDS[field];
  addKnown(oxm, { field, form: nxm === undefined ? undefined : 'oxm' });
  if (nxm !== undefined) addKnown(nxm, { field, form: 'nxm' });
  if (alias !== undefined) addKnown(alias, { field, form: 'alias' });
}

/** Reads a header that must end before `end`. Throws OFC_SHORT, as OFPBMC_BAD_LEN. */
export function readHeader(reader: Reader, end: number): EntryHeader {
  const at = reader.take(HEADER_SIZE, end, 'oxm_entry', [4, 1]);
  const oxmClass = reader.view.getUint16(at);
  const kind = reader.view.getUint8(at + 2);
  let payload = reader.view.getUint8(at + 3);
  let experimenter = 0;
  if (oxmClass === OXM_CLASS.experimenter) {
    experimenter = reader.view.getUint32(reader.take(EXPERIMENTER_SIZE, end, 'oxm_entry', [4, 1]));
    payload -= EXPERIMENTER_SIZE;
    if (payload < 0) throw new CodecError('OFC_LENGTH', { struct: 'oxm_entry', offset: at }, [4, 1]);
  }
  const known = KNOWN.get(keyOf(oxmClass, kind >> 1, experimenter));
  return { field: known?.field, form: known?.form, hasMask: (kind & 1) === 1, payload };
}

/** Appends a field's header with the length of its value, or of value and mask. */
export function writeHeader(
  field: FieldName,
  form: HeaderForm,
  hasMask: boolean,
  writer: Writer,
  valueSize = wireSize(field),
): void {
  const row = FIELDS[field];
  const header = (form === 'oxm' ? undefined : row[form]) ?? row.oxm;
  const at = writer.reserve(HEADER_SIZE);
  const size = valueSize * (hasMask ? 2 : 1) + (header.experimenter === undefined ? 0 : EXPERIMENTER_SIZE);
  writer.view.setUint16(at, header.class);
  writer.view.setUint8(at + 2, (header.number << 1) | (hasMask ? 1 : 0));
  writer.view.setUint8(at + 3, size);
  if (header.experimenter !== undefined) {
    const after = writer.reserve(EXPERIMENTER_SIZE);
    writer.view.setUint32(after, header.experimenter);
  }
}

/** Class, number and experimenter in one number below 2^53. */
function keyOf(oxmClass: number, number: number, experimenter: number): number {
  return oxmClass === OXM_CLASS.experimenter
    ? (experimenter + 1) * 0x80 + number + 2 ** 40
    : oxmClass * 0x80 + number;
}

function addKnown(header: FieldHeader, known: Known): void {
  const key = keyOf(header.class, header.number, header.experimenter ?? 0);
  const other = KNOWN.get(key);
  if (other !== undefined) throw new Error(`${known.field} has the same header as ${other.field}`);
  KNOWN.set(key, known);
}
