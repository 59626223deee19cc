import type { Action, Instruction } from '../action.ts';
import { inOrder } from '../instruction/codec.ts';
import { MAX_DEPTH } from '../wire/reader.ts';
import { parseTable, portOf, type TextNumbers } from './names.ts';
import { parseCookie, parseNumber } from './number.ts';
import { type Pair, pairsOf, type Slice, splitAt, unexpected, wholeOf } from './slice.ts';
import type { PacketState, WordContext, Words } from './words/context.ts';
import { CONTROLLER_WORDS } from './words/controller.ts';
import { CT_WORDS } from './words/ct.ts';
import { ENCAP_WORDS } from './words/encap.ts';
import { FIELD_WORDS } from './words/field.ts';
import { HASH_WORDS } from './words/hash.ts';
import { HEADER_WORDS } from './words/header.ts';
import { LEARN_WORDS } from './words/learn.ts';
import { OUTPUT_WORDS, output } from './words/output.ts';

/** Every word that begins an action. */
const ACTION_WORDS: Words = {
  ...OUTPUT_WORDS,
  ...HEADER_WORDS,
  ...FIELD_WORDS,
  ...CONTROLLER_WORDS,
  ...HASH_WORDS,
  ...ENCAP_WORDS,
  ...CT_WORDS,
  ...LEARN_WORDS,
};

const ALL_BITS = 0xffffffffffffffffn;

type InstructionWord = (value: Slice, context: WordContext) => Instruction;

/** Words that begin an instruction; all other words are applied actions. */
const INSTRUCTION_WORDS: Readonly<Record<string, InstructionWord>> = {
  goto_table: (value, { numbers }) => ({ instruction: 'goto_table', table: parseTable(value, numbers) }),
  write_metadata(value) {
    const [metadata, mask] = splitAt(value, '/') ?? [value, undefined];
    return {
      instruction: 'write_metadata',
      metadata: parseCookie(metadata),
      mask: mask === undefined ? ALL_BITS : parseCookie(mask),
    };
  },
  meter: (value) => ({ instruction: 'meter', meter: parseNumber(value, 32, 'a meter') }),
  clear_actions: () => ({ instruction: 'clear_actions' }),
  write_actions: (value, { nested }) => ({ instruction: 'write_actions', actions: nested(value) }),
};

/**
 * Parses actions in the notation of ovs-ofctl, such as `set_field:5->reg0,output:1`; `drop` is none. Words that
 * OpenFlow 1.3 has no action for become those that Open vSwitch sends in their place. Throws TextError.
 */
export function parseActions(text: string, numbers: TextNumbers = {}): Action[] {
  return actionsOf(wholeOf(text), { numbers, state: { hasVlan: false } }, 0);
}

/** As parseActions, with instructions among the actions, such as `set_field:5->reg0,goto_table:3`. */
export function parseInstructions(text: string, numbers: TextNumbers = {}): Instruction[] {
  return instructionsOf(wholeOf(text), numbers, { hasVlan: false });
}

/** The instructions that a slice lists, for packets of which `state` is known. */
export function instructionsOf(slice: Slice, numbers: TextNumbers, state: PacketState): Instruction[] {
  const context = contextOf({ numbers, state }, 0);
  const instructions: Instruction[] = [];
  const applied: Action[] = [];
  for (const pair of withoutDrop(slice)) {
    const parse = wordOf(INSTRUCTION_WORDS, pair.word);
    const instruction: Instruction =
      parse === undefined ? { instruction: 'apply_actions', actions: applied } : parse(pair.value, context);
    if (parse === undefined) applied.push(...actionOf(pair, context));
    const isNew = instructions.at(-1)?.instruction !== instruction.instruction || parse !== undefined;
    if (isNew) instructions.push(instruction);
    checkOrder(instructions, pair.word);
  }
  return instructions.filter((one) => !('actions' in one) || one.actions.length > 0);
}

type Surroundings = Pick<WordContext, 'numbers' | 'state'>;

function contextOf(surroundings: Surroundings, depth: number): WordContext {
  return { ...surroundings, nested: (list, words) => actionsOf(list, surroundings, depth + 1, words) };
}

function actionsOf(slice: Slice, surroundings: Surroundings, depth: number, more: Words = {}): Action[] {
  if (depth > MAX_DEPTH) throw unexpected('OFT_DEPTH', slice, `at most ${MAX_DEPTH} levels`);
  const context = contextOf(surroundings, depth);
  return withoutDrop(slice).flatMap((pair) => actionOf(pair, context, more));
}

function actionOf(pair: Pair, context: WordContext, more: Words = {}): readonly Action[] {
  const parse = wordOf(more, pair.word) ?? wordOf(ACTION_WORDS, pair.word);
  if (parse !== undefined) return parse(pair.value, context);
  const port = portOf(pair.word, context.numbers);
  if (port === undefined) throw unexpected('OFT_WORD', pair.word, 'an action');
  return [output(port)];
}

/** `drop` stands alone, and for nothing. Throws OFT_CONFLICT. */
function withoutDrop(slice: Slice): Pair[] {
  const pairs = pairsOf(slice);
  const drop = pairs.find(({ word }) => word.text.toLowerCase() === 'drop');
  if (drop === undefined) return pairs;
  if (pairs.length > 1) throw unexpected('OFT_CONFLICT', drop.word, 'drop alone');
  return [];
}

/** Each instruction once, in the order in which a switch executes them. Throws OFT_CONFLICT. */
function checkOrder(instructions: readonly Instruction[], place: Slice): void {
  const names = instructions.map(({ instruction }) => instruction);
  const isOrdered = inOrder(instructions).every((one, index) => one === instructions[index]);
  if (!isOrdered || new Set(names).size !== names.length) {
    throw unexpected(
      'OFT_CONFLICT',
      place,
      'meter, actions, clear_actions, write_actions, write_metadata, goto_table',
    );
  }
}

function wordOf<W>(words: Readonly<Record<string, W>>, { text }: Slice): W | undefined {
  const word = text.toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : undefined;
}
