import type { Action } from '../action.ts';
import { CodecError } from '../errors.ts';
import { countSized, isAlone, type Reader, readWhole } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { BAD_LENGTH, type Nesting, OFPAT_EXPERIMENTER, type WireIds } from './form.ts';
import { experimenterForm, formFor, standardForm } from './table.ts';

/** ofp_action_header (OF 1.3.5, 7.2.5). */
const ActionHeader = struct('ofp_action_header', 4, { type: 'u16', length: 'u16' });
const ExperimenterHeader = struct('ext_action_header', 6, { experimenter: 'u32', subtype: 'u16' });

const MIN_SIZE = 8;
const LENGTH_AT = 2;
const SUBTYPE_AT = 4;

const nesting: Nesting = {
  readActions: (reader, end) => reader.nested('ofp_action', () => readActions(reader, end)),
  writeActions: (actions, writer) => encodeActions(actions, writer),
};

/** Appends actions one after the other. Throws OFC_RANGE, OFC_VALUE and OFC_SIZE. */
export function encodeActions(actions: readonly Action[], writer: Writer): void {
  for (const action of actions) encodeAction(action, writer);
}

/** Decodes actions that fill `bytes`. Throws CodecError. */
export function decodeActions(bytes: Uint8Array): Action[] {
  return readWhole(bytes, ActionHeader.name, readActions, BAD_LENGTH);
}

/** Reads actions up to `end`. */
export function readActions(reader: Reader, end: number): Action[] {
  // One that fills the list is the rule, and takes no counting.
  if (isAlone(reader, end)) return [readAction(reader, end)];
  const actions = new Array<Action>(countSized(reader, end));
  for (let index = 0; reader.at < end; index++) actions[index] = readAction(reader, end);
  return actions;
}

function encodeAction(action: Action, writer: Writer): void {
  if (action.action === 'raw') {
    writer.append(action.bytes);
    return;
  }
  const form = formFor(action);
  if (form === undefined) throw new CodecError('OFC_VALUE', { struct: 'ofp_action', field: action.action });
  if (form.isWhole) {
    form.write(action, writer, nesting);
    return;
  }
  const start = writeHead(form.ids, writer);
  form.write(action, writer, nesting);
  writer.align(start);
  writer.writeSize(start + LENGTH_AT, start, action.action);
}

/** Appends what stands before all that a form writes, the length still to come; returns where it begins. */
function writeHead({ type, experimenter, subtype, headSize }: WireIds, writer: Writer): number {
  const start = writer.reserve(headSize);
  const { view } = writer;
  view.setUint16(start, type);
  if (type !== OFPAT_EXPERIMENTER) return start;
  const at = start + ActionHeader.size;
  view.setUint32(at, experimenter);
  view.setUint16(at + SUBTYPE_AT, subtype);
  return start;
}

function readAction(reader: Reader, listEnd: number): Action {
  const start = reader.take(ActionHeader.size, listEnd, ActionHeader.name);
  const type = reader.view.getUint16(start);
  const length = reader.view.getUint16(start + LENGTH_AT);
  const end = start + length;
  if (length < MIN_SIZE || length % 8 !== 0 || end > listEnd) {
    const place = { struct: ActionHeader.name, field: 'length', offset: start };
    throw new CodecError('OFC_LENGTH', place, BAD_LENGTH);
  }
  const action = readModelled(type, reader, end);
  reader.at = end;
  return action ?? { action: 'raw', bytes: reader.copy(start, end) };
}

/** Undefined for what the model can't write back byte for byte, which then stays raw. */
function readModelled(type: number, reader: Reader, end: number): Action | undefined {
  const form = type === OFPAT_EXPERIMENTER ? readExperimenterForm(reader, end) : standardForm(type);
  if (form === undefined) return undefined;
  const action = form.read(reader, end, nesting);
  const isPadding = end - reader.at < 8 && reader.isZero(reader.at, end);
  return isPadding ? action : undefined;
}

function readExperimenterForm(reader: Reader, end: number): ReturnType<typeof experimenterForm> {
  if (end - reader.at < ExperimenterHeader.size) return undefined;
  const at = reader.take(ExperimenterHeader.size, end, ExperimenterHeader.name);
  return experimenterForm(reader.view.getUint32(at), reader.view.getUint16(at + SUBTYPE_AT));
}
