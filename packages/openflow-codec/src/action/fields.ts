import type { Subfield } from '../action.ts';
import { CodecError } from '../errors.ts';
import { FIELDS } from '../fields.ts';
import { subfieldText } from '../text/subfield.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type ActionEntry, type ActionOf, type Form, form } from './form.ts';
import {
  checkSubfield,
  hasLongHeader,
  makeSubfield,
  readFieldHeader,
  type SubfieldHeader,
  writeFieldHeader,
} from './subfield.ts';

const Stack = struct('nx_action_stack', 2, { offset: 'u16' });
const StackEnd = struct('nx_action_stack.n_bits', 2, { bits: 'u16' });
const CheckPacketLarger = struct('nx_action_check_pkt_larger', 4, { length: 'u16', offset: 'u16' });
const DeleteField = struct('nx_action_delete_field', 0, {});
const CopyField = struct('onf_action_copy_field', 10, {
  pad: { pad: 2 },
  bits: 'u16',
  fromOffset: 'u16',
  toOffset: 'u16',
  pad2: { pad: 2 },
});

/** Bytes between Nicira's header and the end of the action, in actions that have a fixed size. */
const STACK_SIZE = 14;
const CHECK_SIZE = 14;
const DELETE_SIZE = 14;

type FieldActionName = 'stack_push' | 'stack_pop' | 'check_pkt_larger' | 'delete_field' | 'copy_field';

/** Nicira's and the ONF's actions on single fields (ovs-actions(7)). */
export const FIELD_ACTIONS: { readonly [N in FieldActionName]: ActionEntry<ActionOf<N>> } = {
  stack_push: {
    forms: [
      stack<ActionOf<'stack_push'>>(
        27,
        (from) => ({ action: 'stack_push', from }),
        ({ from }) => from,
      ),
    ],
    text: ({ from }) => `push:${subfieldText(from)}`,
  },
  stack_pop: {
    forms: [
      stack<ActionOf<'stack_pop'>>(
        28,
        (to) => ({ action: 'stack_pop', to }),
        ({ to }) => to,
      ),
    ],
    text: ({ to }) => `pop:${subfieldText(to)}`,
  },
  check_pkt_larger: {
    forms: [
      form({
        code: { nicira: 49 },
        layout: CheckPacketLarger,
        read({ length, offset }, reader, end) {
          if (end - reader.at !== CHECK_SIZE - CheckPacketLarger.size) return undefined;
          const to = makeSubfield(readFieldHeader(reader, end), offset, 1);
          return to && isFilled(reader, end) ? { action: 'check_pkt_larger', length, to } : undefined;
        },
        write({ length, to }) {
          if (checkSubfield(to).bits !== 1) throw widthError(CheckPacketLarger.name);
          return { length, offset: to.offset };
        },
        tail: ({ to }, writer) => writeFilled(to, writer, CHECK_SIZE - CheckPacketLarger.size),
      }),
    ],
    text: ({ length, to }) => `check_pkt_larger(${length})->${subfieldText(to)}`,
  },
  delete_field: {
    forms: [
      form({
        code: { nicira: 50 },
        layout: DeleteField,
        read(_, reader, end) {
          if (end - reader.at !== DELETE_SIZE) return undefined;
          const header = readFieldHeader(reader, end);
          return header && isFilled(reader, end) ? { action: 'delete_field', ...header } : undefined;
        },
        write: () => ({}),
        tail: (action, writer) => writeFilled(action, writer, DELETE_SIZE),
      }),
    ],
    text: ({ field }) => `delete_field:${FIELDS[field].text ?? field}`,
  },
  copy_field: {
    forms: [
      form({
        code: { onf: 3200 },
        layout: CopyField,
        read({ bits, fromOffset, toOffset }, reader, end) {
          const from = makeSubfield(readFieldHeader(reader, end), fromOffset, bits);
          const to = makeSubfield(readFieldHeader(reader, end), toOffset, bits);
          return from && to ? { action: 'copy_field', from, to } : undefined;
        },
        write({ from, to }) {
          if (checkSubfield(from).bits !== checkSubfield(to).bits) throw widthError(CopyField.name);
          return { bits: from.bits, fromOffset: from.offset, toOffset: to.offset };
        },
        tail({ from, to }, writer) {
          writeFieldHeader(from, writer);
          writeFieldHeader(to, writer);
        },
      }),
    ],
    text: ({ from, to }) => `move:${subfieldText(from)}->${subfieldText(to)}`,
  },
};

/** nx_action_stack: offset, the field's header, the number of bits, and zeros. */
function stack<A extends ActionOf<'stack_push' | 'stack_pop'>>(
  nicira: number,
  make: (subfield: Subfield) => A,
  subfieldOf: (action: A) => Subfield,
): Form<A> {
  return form({
    code: { nicira },
    layout: Stack,
    read({ offset }, reader, end) {
      if (end - reader.at !== STACK_SIZE - Stack.size) return undefined;
      const header = readFieldHeader(reader, end);
      const subfield = makeSubfield(header, offset, reader.members(StackEnd, end).bits);
      return subfield && isFilled(reader, end) ? make(subfield) : undefined;
    },
    write: (action) => ({ offset: checkSubfield(subfieldOf(action)).offset }),
    tail(action, writer) {
      const subfield = subfieldOf(action);
      const start = writer.size;
      writeFieldHeader(subfield, writer);
      const at = writer.reserve(StackEnd.size);
      StackEnd.writeMembers(writer.view, at, { bits: subfield.bits });
      writer.pad(STACK_SIZE - Stack.size - (writer.size - start));
    },
  });
}

/** Moves to `end`, and tells whether only zeros were left. */
function isFilled(reader: Reader, end: number): boolean {
  const start = reader.at;
  reader.at = end;
  return reader.isZero(start, end);
}

function writeFilled(header: SubfieldHeader, writer: Writer, size: number): void {
  writeFieldHeader(header, writer);
  writer.pad(size - (hasLongHeader(header) ? 8 : 4));
}

function widthError(struct: string): CodecError {
  return new CodecError('OFC_RANGE', { struct, field: 'bits' });
}
