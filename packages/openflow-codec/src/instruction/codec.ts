import { encodeActions, readActions } from '../action/codec.ts';
import type { Action, Instruction } from '../action.ts';
import { CodecError } from '../errors.ts';
import { dictionary } from '../wire/dictionary.ts';
import type { LayoutOf, Members } from '../wire/layout.ts';
import { countSized, isAlone, type Reader, readWhole } from '../wire/reader.ts';
import { type Struct, struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';

/** ofp_instruction (OF 1.3.5, 7.2.4). */
const InstructionHeader = struct('ofp_instruction', 4, { type: 'u16', length: 'u16' });
const GotoTable = struct('ofp_instruction_goto_table', 4, { table: 'u8', pad: { pad: 3 } });
const WriteMetadata = struct('ofp_instruction_write_metadata', 20, {
  pad: { pad: 4 },
  metadata: 'u64',
  mask: 'u64',
});
const Actions = struct('ofp_instruction_actions', 4, { pad: { pad: 4 } });
const Meter = struct('ofp_instruction_meter', 4, { meter: 'u32' });

const BAD_LENGTH = [3, 7] as const;
const MIN_SIZE = 8;
const LENGTH_AT = 2;

type Modelled = Exclude<Instruction, { readonly instruction: 'raw' }>;
type InstructionOf<N extends Modelled['instruction']> = Extract<Modelled, { readonly instruction: N }>;

/** One row of the instruction table. */
interface Entry<I> {
  readonly type: number;
  read(reader: Reader, end: number): I | undefined;
  write(instruction: I, writer: Writer): void;
}

/** Every instruction of OpenFlow 1.3, in the order in which Open vSwitch writes and executes them. */
const INSTRUCTIONS: { readonly [N in Modelled['instruction']]: Entry<InstructionOf<N>> } = {
  meter: fixed('meter', 6, Meter),
  apply_actions: list('apply_actions', 4),
  clear_actions: fixed('clear_actions', 5, Actions),
  write_actions: list('write_actions', 3),
  write_metadata: fixed('write_metadata', 2, WriteMetadata),
  goto_table: fixed('goto_table', 1, GotoTable),
};

const NAMES: readonly string[] = Object.keys(INSTRUCTIONS);
const BY_NAME = dictionary(Object.entries(INSTRUCTIONS));

const BY_TYPE: (Pick<Entry<Instruction>, 'read'> | undefined)[] = [];
for (const { type, read } of Object.values(INSTRUCTIONS)) BY_TYPE[type] = { read };

/** The instructions in the order in which Open vSwitch writes, prints and executes them. */
export function inOrder(instructions: readonly Instruction[]): Instruction[] {
  if (instructions.length < 2) return [...instructions];
  return [...instructions].sort((a, b) => NAMES.indexOf(a.instruction) - NAMES.indexOf(b.instruction));
}

/** Appends instructions in the order given. Throws OFC_RANGE, OFC_VALUE and OFC_SIZE. */
export function encodeInstructions(instructions: readonly Instruction[], writer: Writer): void {
  for (const instruction of instructions) {
    const entry = entryOf(instruction);
    if (entry !== undefined) {
      entry.write(instruction, writer);
    } else if (instruction.instruction === 'raw') {
      writer.append(instruction.bytes);
    } else {
      throw new CodecError('OFC_VALUE', { struct: InstructionHeader.name, field: 'type' });
    }
  }
}

/** Decodes instructions that fill `bytes`. Throws CodecError. */
export function decodeInstructions(bytes: Uint8Array): Instruction[] {
  return readWhole(bytes, InstructionHeader.name, readInstructions, BAD_LENGTH);
}

/** Reads instructions up to `end`. */
export function readInstructions(reader: Reader, end: number): Instruction[] {
  // One that fills the list is the rule, and takes no counting.
  if (isAlone(reader, end)) return [readInstruction(reader, end)];
  const instructions = new Array<Instruction>(countSized(reader, end));
  for (let index = 0; reader.at < end; index++) instructions[index] = readInstruction(reader, end);
  return instructions;
}

function readInstruction(reader: Reader, listEnd: number): Instruction {
  const start = reader.take(InstructionHeader.size, listEnd, InstructionHeader.name);
  const type = reader.view.getUint16(start);
  const length = reader.view.getUint16(start + LENGTH_AT);
  const end = start + length;
  if (length < MIN_SIZE || length % 8 !== 0 || end > listEnd) {
    const place = { struct: InstructionHeader.name, field: 'length', offset: start };
    throw new CodecError('OFC_LENGTH', place, BAD_LENGTH);
  }
  const instruction = BY_TYPE[type]?.read(reader, end);
  const isWhole = reader.at === end;
  reader.at = end;
  return isWhole && instruction ? instruction : { instruction: 'raw', bytes: reader.copy(start, end) };
}

function fixed<const N extends string, L extends LayoutOf>(
  instruction: N,
  type: number,
  layout: Struct<L>,
): Entry<{ readonly instruction: N } & Members<L>> {
  const size = InstructionHeader.size + layout.size;
  const head = { type: { is: type, as: 'u16' }, length: { is: size, as: 'u16' } } as const;
  const whole = struct(layout.name, size, { ...head, ...layout.layout });
  return {
    type,
    read: layout.tagged('instruction', instruction, BAD_LENGTH),
    // Its members are those of the layout: the head has none.
    write: whole.append as unknown as Struct<L>['append'],
  };
}

function list<const N extends string>(
  instruction: N,
  type: number,
): Entry<{ readonly instruction: N; readonly actions: readonly Action[] }> {
  return {
    type,
    read(reader, end) {
      const at = reader.take(Actions.size, end, Actions.name, BAD_LENGTH);
      return Actions.isClean(reader.view, at)
        ? { instruction, actions: readActions(reader, end) }
        : undefined;
    },
    write({ actions }, writer) {
      const start = writer.reserve(MIN_SIZE);
      writer.view.setUint16(start, type);
      writer.view.setUint32(start + InstructionHeader.size, 0);
      encodeActions(actions, writer);
      writer.writeSize(start + LENGTH_AT, start, InstructionHeader.name);
    },
  };
}

function entryOf<I extends Instruction>(instruction: I): Entry<I> | undefined {
  // The table's type ties each name to its own instruction; TypeScript can't follow that through a union.
  return BY_NAME[instruction.instruction] as unknown as Entry<I> | undefined;
}
