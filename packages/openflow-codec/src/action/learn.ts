import { LEARN_FLAG, type LearnAction, type LearnSpec, type Subfield } from '../action.ts';
import { CodecError } from '../errors.ts';
import { FIELDS } from '../fields.ts';
import { plainHeader } from '../match/plain.ts';
import type { TextNames } from '../text/names.ts';
import { tableText } from '../text/names.ts';
import { hexText } from '../text/number.ts';
import { subfieldText } from '../text/subfield.ts';
import { valueText } from '../text/value.ts';
import { fitsBits, readWords, writeWords } from '../wire/halves.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type ActionEntry, BAD_LENGTH, custom, form } from './form.ts';
import {
  checkSubfield,
  hasLongHeader,
  makeSubfield,
  plainHeaderOf,
  readFieldHeader,
  writeFieldHeader,
} from './subfield.ts';

const LAYOUT = {
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  priority: 'u16',
  cookie: 'u64',
  flags: 'u16',
  table: 'u8',
  pad: { pad: 1 },
  finIdleTimeout: 'u16',
  finHardTimeout: 'u16',
} as const;

const Learn = struct('nx_action_learn', 22, LAYOUT);
const Learn2 = struct('nx_action_learn2', 30, {
  ...LAYOUT,
  limit: 'u32',
  resultOffset: 'u16',
  pad2: { pad: 2 },
});

const assembleLearn = Learn.assembler<LearnAction>()('action', 'learn', [], ['specs']);

/** The 16 bits in front of each spec: where the value comes from, where it goes, and how many bits it has. */
const IMMEDIATE = 0x2000;
const DESTINATIONS = ['match', 'load', 'output'] as const;
const DESTINATION_SHIFT = 11;
const MATCH = DESTINATIONS.indexOf('match');
const LOAD = DESTINATIONS.indexOf('load');
const BITS_MASK = 0x7ff;

/** Bytes of a subfield in a spec, but for experimenters' fields: header and offset. */
const SUBFIELD_SIZE = 6;
/** Words of 16 bits of a constant that is written without a loop. */
const MOST_WORDS = 4;
/** Bytes of the longest spec of plain fields: its head, a constant and a subfield. */
const MOST_PLAIN = 2 + 2 * MOST_WORDS + SUBFIELD_SIZE;

/** `learn` (ovs-actions(7)): adds a flow made of the packet at hand. */
export const learn: ActionEntry<LearnAction> = {
  forms: [
    custom<LearnAction>(
      { nicira: 16 },
      {
        fits: ({ limit, result }) => limit === undefined && result === undefined,
        read(reader, end) {
          const at = reader.take(Learn.size, end, Learn.name, BAD_LENGTH);
          if (!Learn.isClean(reader.view, at)) return undefined;
          const specs = readSpecs(reader, end);
          return specs && assembleLearn(reader.view, at, specs);
        },
        write(action, writer) {
          Learn.append(action, writer);
          writeSpecs(action.specs, writer);
        },
      },
    ),
    form({
      code: { nicira: 45 },
      layout: Learn2,
      read({ resultOffset, ...members }, reader, end) {
        const hasResult = (members.flags & LEARN_FLAG.writeResult) !== 0;
        if (!hasResult && resultOffset !== 0) return undefined;
        const result = hasResult ? makeSubfield(readFieldHeader(reader, end), resultOffset, 1) : undefined;
        if (hasResult && result === undefined) return undefined;
        const specs = readSpecs(reader, end);
        return specs && { action: 'learn', ...members, specs, ...(result && { result }) };
      },
      write({ limit, result, ...members }) {
        const hasResult = (members.flags & LEARN_FLAG.writeResult) !== 0;
        if (hasResult !== (result !== undefined)) {
          throw new CodecError('OFC_VALUE', { struct: Learn2.name, field: 'result' });
        }
        return { ...members, limit: limit ?? 0, resultOffset: result?.offset ?? 0 };
      },
      tail({ result, specs }, writer) {
        if (result !== undefined) writeFieldHeader(result, writer);
        writeSpecs(specs, writer);
      },
    }),
  ],
  text(action, { names }) {
    const parts = [
      `table=${tableText(action.table, names)}`,
      ...optional('idle_timeout', action.idleTimeout),
      ...optional('hard_timeout', action.hardTimeout),
      ...optional('fin_idle_timeout', action.finIdleTimeout),
      ...optional('fin_hard_timeout', action.finHardTimeout),
      ...(action.priority === 0x8000 ? [] : [`priority=${action.priority}`]),
      ...(action.flags & LEARN_FLAG.sendFlowRemoved ? ['send_flow_rem'] : []),
      ...(action.flags & LEARN_FLAG.deleteLearned ? ['delete_learned'] : []),
      ...(action.cookie === 0n ? [] : [`cookie=${hexText(action.cookie)}`]),
      ...optional('limit', action.limit ?? 0),
      ...(action.result ? [`result_dst=${subfieldText(action.result)}`] : []),
      ...action.specs.map((spec) => specText(spec, names)),
    ];
    return `learn(${parts.join(',')})`;
  },
};

/** Specs up to a zero header or the end; undefined when one names a field that is not in the table. */
function readSpecs(reader: Reader, end: number): LearnSpec[] | undefined {
  const specs: LearnSpec[] = [];
  while (end - reader.at >= 2) {
    const header = reader.view.getUint16(reader.at);
    if (header === 0) break;
    reader.at += 2;
    const spec = readSpec(reader, end, header);
    if (spec === undefined) return undefined;
    specs.push(spec);
  }
  return specs;
}

function readSpec(reader: Reader, end: number, header: number): LearnSpec | undefined {
  const bits = header & BITS_MASK;
  const isImmediate = (header & IMMEDIATE) !== 0;
  const destination = DESTINATIONS[(header >> DESTINATION_SHIFT) & 3];
  const isKnown = (header & 0xc000) === 0 && bits > 0 && destination !== undefined;
  if (!isKnown || (isImmediate && destination === 'output')) return undefined;
  const from = isImmediate ? readImmediate(reader, end, bits) : readSubfield(reader, end, bits);
  if (from === undefined) return undefined;
  if (destination === 'output') return typeof from === 'bigint' ? undefined : { spec: destination, from };
  const to = readSubfield(reader, end, bits);
  return to && { spec: destination, to, from };
}

function readSubfield(reader: Reader, end: number, bits: number): Subfield | undefined {
  const { view, at } = reader;
  const plain = end - at < SUBFIELD_SIZE ? undefined : plainHeader(view.getUint32(at));
  if (plain === undefined || plain.hasMask) {
    const field = readFieldHeader(reader, end);
    // No switch takes an experimenter's field here: Open vSwitch answers OFPBAC_BAD_SET_TYPE.
    if (field === undefined || hasLongHeader(field)) return undefined;
    const offsetAt = reader.take(2, end, 'learn_spec', BAD_LENGTH);
    return makeSubfield(field, view.getUint16(offsetAt), bits);
  }
  reader.at = at + SUBFIELD_SIZE;
  const offset = view.getUint16(at + 4);
  if (offset === 0 && bits === plain.whole.bits) return plain.whole;
  return makeSubfield(plain.named, offset, bits);
}

/** A constant in as many 16-bit words as its bits need; undefined when it has more bits than it says. */
function readImmediate(reader: Reader, end: number, bits: number): bigint | undefined {
  const words = (bits + 15) >> 4;
  const at = reader.take(2 * words, end, 'learn_spec', BAD_LENGTH);
  const unused = 16 * words - bits;
  if (unused > 0 && reader.view.getUint16(at) >> (16 - unused) !== 0) return undefined;
  if (words <= 4) return readWords(reader.view, at, words);
  let value = 0n;
  for (let word = 0; word < words; word++) {
    value = (value << 16n) | BigInt(reader.view.getUint16(at + 2 * word));
  }
  return value;
}

function writeSpecs(specs: readonly LearnSpec[], writer: Writer): void {
  const most = specs.length * MOST_PLAIN;
  let at = writer.ensure(most);
  for (const spec of specs) {
    const end = writePlainSpec(writer.view, at, spec);
    if (end > 0) {
      at = end;
    } else {
      writer.advance(at);
      writeSpecialSpec(spec, writer);
      at = writer.ensure(most);
    }
  }
  writer.advance(at);
}

/** Writes one spec of plain fields, MOST_PLAIN bytes at most; returns where it ends, or 0 when it is not such a one. */
function writePlainSpec(view: DataView, at: number, spec: LearnSpec): number {
  if (spec.spec === 'output') return 0;
  const { from, to } = spec;
  const { bits } = to;
  const target = plainHeaderOf(to);
  if (target === undefined) return 0;
  const head = ((spec.spec === 'match' ? MATCH : LOAD) << DESTINATION_SHIFT) | bits;
  let next = at + 2;
  if (typeof from === 'bigint') {
    const words = (bits + 15) >> 4;
    if (words > MOST_WORDS || !fitsBits(from, bits)) return 0;
    view.setUint16(at, head | IMMEDIATE);
    writeWords(view, next, words, from);
    next += 2 * words;
  } else {
    const source = plainHeaderOf(from);
    if (source === undefined || from.bits !== bits) return 0;
    view.setUint16(at, head);
    view.setUint32(next, source.header);
    view.setUint16(next + 4, from.offset);
    next += SUBFIELD_SIZE;
  }
  view.setUint32(next, target.header);
  view.setUint16(next + 4, to.offset);
  return next + SUBFIELD_SIZE;
}

/** Of whatever form; also finds the words for what is wrong. */
function writeSpecialSpec(spec: LearnSpec, writer: Writer): void {
  const { bits } = spec.spec === 'output' ? spec.from : spec.to;
  const head = (DESTINATIONS.indexOf(spec.spec) << DESTINATION_SHIFT) | bits;
  if (typeof spec.from === 'bigint') {
    writeWord(head | IMMEDIATE, writer);
    writeImmediate(spec.from, bits, writer);
  } else {
    writeWord(head, writer);
    writeSubfield(spec.from, bits, writer);
  }
  if (spec.spec !== 'output') writeSubfield(spec.to, bits, writer);
}

function writeSubfield(subfield: Subfield, bits: number, writer: Writer): void {
  const { field, offset } = subfield;
  if (hasLongHeader(subfield)) throw new CodecError('OFC_VALUE', { struct: 'learn_spec', field });
  if (checkSubfield(subfield).bits !== bits) throw rangeError(field);
  writeFieldHeader(subfield, writer);
  writeWord(offset, writer);
}

function writeImmediate(value: bigint, bits: number, writer: Writer): void {
  if (!fitsBits(value, bits)) throw rangeError('value');
  const words = (bits + 15) >> 4;
  if (words <= 4) {
    const at = writer.reserve(2 * words);
    writeWords(writer.view, at, words, value);
    return;
  }
  for (let word = words - 1; word >= 0; word--) {
    writeWord(Number((value >> BigInt(16 * word)) & 0xffffn), writer);
  }
}

function writeWord(value: number, writer: Writer): void {
  const at = writer.reserve(2);
  writer.view.setUint16(at, value);
}

function rangeError(field: string): CodecError {
  return new CodecError('OFC_RANGE', { struct: 'learn_spec', field });
}

function optional(name: string, value: number): string[] {
  return value === 0 ? [] : [`${name}=${value}`];
}

function specText(spec: LearnSpec, names: TextNames): string {
  if (spec.spec === 'output') return `output:${subfieldText(spec.from)}`;
  const { to, from } = spec;
  if (spec.spec === 'load') {
    return `load:${typeof from === 'bigint' ? constantText(from) : subfieldText(from)}->${subfieldText(to)}`;
  }
  if (typeof from === 'bigint') {
    const row = FIELDS[to.field];
    const isWhole = to.offset === 0 && to.bits === (row.actionBits ?? row.bits);
    return isWhole
      ? `${row.text ?? to.field}=${valueText(to.field, row.bits <= 32 ? Number(from) : from, undefined, names)}`
      : `${subfieldText(to)}=${constantText(from)}`;
  }
  const isSame = from.field === to.field && from.offset === to.offset;
  return isSame ? subfieldText(to) : `${subfieldText(to)}=${subfieldText(from)}`;
}

function constantText(value: bigint): string {
  return value === 0n ? '0' : hexText(value);
}
