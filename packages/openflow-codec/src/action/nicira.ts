import type { Subfield } from '../action.ts';
import { ALL_TABLES, PORT } from '../constants.ts';
import { CodecError } from '../errors.ts';
import { bytesText } from '../text/bytes.ts';
import { portText, tableText } from '../text/names.ts';
import { hexText } from '../text/number.ts';
import { subfieldText } from '../text/subfield.ts';
import { fitsBits, readBig64, writeBig64 } from '../wire/halves.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type ActionEntry, type ActionOf, BAD_LENGTH, custom, type Form, form, plain } from './form.ts';
import { fromShortPort, toShortPort } from './port.ts';
import {
  checkSubfield,
  hasLongHeader,
  makeSubfield,
  packRange,
  plainHeaderOf,
  readFieldHeader,
  unpackRange,
  writeFieldHeader,
} from './subfield.ts';

const Nothing = struct('nx_action_header', 6, { pad: { pad: 6 } });
const RegMove = struct('nx_action_reg_move', 6, { bits: 'u16', fromOffset: 'u16', toOffset: 'u16' });
const RegLoad = struct('nx_action_reg_load', 2, { range: 'u16' });
const LoadValue = struct('nx_action_reg_load.value', 8, { value: 'u64' });
const Resubmit = struct('nx_action_resubmit', 6, { port: 'u16', table: 'u8', pad: { pad: 3 } });
const OutputReg = struct('nx_action_output_reg', 2, { range: 'u16' });
const OutputRegEnd = struct('nx_action_output_reg.max_len', 8, { maxLength: 'u16', pad: { pad: 6 } });
const OutputReg2 = struct('nx_action_output_reg2', 4, { range: 'u16', maxLength: 'u16' });
const Conjunction = struct('nx_action_conjunction', 6, { clause: 'u8', clauses: 'u8', id: 'u32' });
const FinTimeout = struct('nx_action_fin_timeout', 6, {
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  pad: { pad: 2 },
});
const Note = struct('nx_action_note', 0, {});

/** Bytes of nx_action_reg_load after its head, for a field with a header of 4 bytes. */
const PLAIN_LOAD_SIZE = RegLoad.size + 4 + LoadValue.size;

/** Zeros that fill nx_action_output_reg2 up to 24 bytes, after a header of 8 bytes and of 4. */
const SHORT_PAD = 2;
const LONG_PAD = 6;

type Nicira =
  | 'reg_move'
  | 'reg_load'
  | 'resubmit'
  | 'output_reg'
  | 'clone'
  | 'conjunction'
  | 'ct_clear'
  | 'exit'
  | 'fin_timeout'
  | 'note';

/** Nicira's actions of fixed shape (ovs-actions(7)). */
export const NICIRA_ACTIONS: { readonly [N in Nicira]: ActionEntry<ActionOf<N>> } = {
  reg_move: {
    forms: [
      form({
        code: { nicira: 6 },
        layout: RegMove,
        read({ bits, fromOffset, toOffset }, reader, end) {
          const from = makeSubfield(readFieldHeader(reader, end), fromOffset, bits);
          const to = makeSubfield(readFieldHeader(reader, end), toOffset, bits);
          return from && to ? { action: 'reg_move', from, to } : undefined;
        },
        write({ from, to }) {
          if (checkSubfield(from).bits !== checkSubfield(to).bits) throw widthError(RegMove.name);
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
  reg_load: {
    forms: [
      custom<ActionOf<'reg_load'>>(
        { nicira: 7 },
        {
          read(reader, end) {
            const rangeAt = reader.take(RegLoad.size, end, RegLoad.name, BAD_LENGTH);
            const { offset, bits } = unpackRange(reader.view.getUint16(rangeAt));
            const to = makeSubfield(readFieldHeader(reader, end), offset, bits);
            if (to === undefined) return undefined;
            const at = reader.take(LoadValue.size, end, LoadValue.name, BAD_LENGTH);
            const value = readBig64(reader.view, at);
            return fitsBits(value, to.bits) ? { action: 'reg_load', to, value } : undefined;
          },
          write({ to, value }, writer) {
            if (!fitsBits(value, to.bits)) throw widthError(RegLoad.name);
            const plain = plainHeaderOf(to);
            const range = packRange(to, plain);
            if (plain === undefined) {
              writeSpecialLoad(to, range, value, writer);
              return;
            }
            const at = writer.reserve(PLAIN_LOAD_SIZE);
            writer.view.setUint16(at, range);
            writer.view.setUint32(at + RegLoad.size, plain.header);
            writeBig64(writer.view, at + PLAIN_LOAD_SIZE - LoadValue.size, value);
          },
        },
      ),
    ],
    text: ({ to, value }) => `load:${numberText(value)}->${subfieldText(to)}`,
  },
  resubmit: {
    forms: [resubmit(14, undefined), resubmit(1, 'port'), resubmit(44, 'ct')],
    text({ inPort, table, form }, { names }) {
      const isPlain = inPort !== PORT.inPort && table === ALL_TABLES && form !== 'ct';
      if (isPlain) return `resubmit:${portText(inPort, names)}`;
      const port = inPort === PORT.inPort ? '' : portText(inPort, names);
      const where = table === ALL_TABLES ? '' : tableText(table, names);
      return `resubmit(${port},${where}${form === 'ct' ? ',ct' : ''})`;
    },
  },
  output_reg: {
    forms: [
      form({
        code: { nicira: 15 },
        layout: OutputReg,
        fits: ({ from, form }) => form === undefined && !hasLongHeader(from),
        read({ range }, reader, end) {
          const { offset, bits } = unpackRange(range);
          const from = makeSubfield(readFieldHeader(reader, end), offset, bits);
          if (from === undefined || hasLongHeader(from)) return undefined;
          const at = reader.at;
          const { maxLength } = reader.members(OutputRegEnd, end);
          return OutputRegEnd.isClean(reader.view, at)
            ? { action: 'output_reg', from, maxLength }
            : undefined;
        },
        write: ({ from }) => ({ range: packRange(from) }),
        tail({ from, maxLength }, writer) {
          writeFieldHeader(from, writer);
          const at = writer.reserve(OutputRegEnd.size);
          OutputRegEnd.writeMembers(writer.view, at, { maxLength });
        },
      }),
      form({
        code: { nicira: 32 },
        layout: OutputReg2,
        read({ range, maxLength }, reader, end) {
          const { offset, bits } = unpackRange(range);
          const from = makeSubfield(readFieldHeader(reader, end), offset, bits);
          if (from === undefined || end - reader.at !== (hasLongHeader(from) ? SHORT_PAD : LONG_PAD))
            return undefined;
          if (!reader.isZero(reader.at, end)) return undefined;
          reader.at = end;
          const action = { action: 'output_reg', from, maxLength } as const;
          return hasLongHeader(from) ? action : { ...action, form: 'output_reg2' };
        },
        write: ({ from, maxLength }) => ({ range: packRange(from), maxLength }),
        tail({ from }, writer) {
          writeFieldHeader(from, writer);
          writer.pad(hasLongHeader(from) ? SHORT_PAD : LONG_PAD);
        },
      }),
    ],
    text: ({ from }) => `output:${subfieldText(from)}`,
  },
  clone: {
    forms: [
      form({
        code: { nicira: 42 },
        layout: Nothing,
        read: (_, reader, end, nesting) => ({ action: 'clone', actions: nesting.readActions(reader, end) }),
        write: () => ({}),
        tail: ({ actions }, writer, nesting) => nesting.writeActions(actions, writer),
      }),
    ],
    text: ({ actions }, context) => `clone(${context.actions(actions) || 'drop'})`,
  },
  conjunction: {
    forms: [
      form({
        code: { nicira: 34 },
        layout: Conjunction,
        read: ({ clause, clauses, id }) => ({ action: 'conjunction', id, clause: clause + 1, clauses }),
        write: ({ clause, clauses, id }) => ({ clause: clause - 1, clauses, id }),
      }),
    ],
    text: ({ id, clause, clauses }) => `conjunction(${id},${clause}/${clauses})`,
  },
  ct_clear: { forms: [plain('ct_clear', { nicira: 43 }, Nothing)], text: () => 'ct_clear' },
  exit: { forms: [plain('exit', { nicira: 17 }, Nothing)], text: () => 'exit' },
  fin_timeout: {
    forms: [plain('fin_timeout', { nicira: 19 }, FinTimeout)],
    text({ idleTimeout, hardTimeout }) {
      const parts = [
        ...(idleTimeout === 0 ? [] : [`idle_timeout=${idleTimeout}`]),
        ...(hardTimeout === 0 ? [] : [`hard_timeout=${hardTimeout}`]),
      ];
      return `fin_timeout(${parts.join(',')})`;
    },
  },
  note: {
    forms: [
      form({
        code: { nicira: 8 },
        layout: Note,
        read: (_, reader, end) => ({ action: 'note', bytes: reader.rest(end) }),
        write: () => ({}),
        tail: ({ bytes }, writer) => writer.append(bytes),
      }),
    ],
    text: ({ bytes }) => `note:${bytesText(bytes, '.')}`,
  },
};

/** A load into a field whose header is not of 4 bytes, or whose size varies. */
function writeSpecialLoad(to: Subfield, range: number, value: bigint, writer: Writer): void {
  if (hasLongHeader(to)) throw new CodecError('OFC_VALUE', { struct: RegLoad.name, field: to.field });
  const rangeAt = writer.reserve(RegLoad.size);
  writer.view.setUint16(rangeAt, range);
  writeFieldHeader(to, writer);
  const at = writer.reserve(LoadValue.size);
  writeBig64(writer.view, at, value);
}

/** The three subtypes of resubmit; the first one, without a table, means the current table. */
function resubmit(nicira: number, wanted: 'port' | 'ct' | undefined): Form<ActionOf<'resubmit'>> {
  const hasTable = wanted !== 'port';
  return form({
    code: { nicira },
    layout: Resubmit,
    fits: (action) => action.form === wanted,
    read({ port, table }) {
      if (!hasTable && table !== 0) return undefined;
      const inPort = fromShortPort(port);
      const place = { action: 'resubmit', inPort, table: hasTable ? table : ALL_TABLES } as const;
      return wanted === undefined ? place : { ...place, form: wanted };
    },
    write({ inPort, table }) {
      if (!hasTable && table !== ALL_TABLES) {
        throw new CodecError('OFC_VALUE', { struct: Resubmit.name, field: 'table' });
      }
      return { port: toShortPort(inPort), table: hasTable ? table : 0 };
    },
  });
}

function numberText(value: bigint): string {
  return value === 0n ? '0' : hexText(value);
}

function widthError(struct: string): CodecError {
  return new CodecError('OFC_RANGE', { struct, field: 'bits' });
}
