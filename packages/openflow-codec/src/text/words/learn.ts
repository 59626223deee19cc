import { LEARN_FLAG, type LearnAction, type LearnSpec, type Subfield } from '../../action.ts';
import { fieldOfAction } from '../field-words.ts';
import { parseTable, type TextNumbers } from '../names.ts';
import { parseCookie, parseNumber, parseWide } from '../number.ts';
import { type Pair, pairsOf, type Slice, unexpected } from '../slice.ts';
import { parseSubfield, parseTarget, wholeSubfield } from '../subfield.ts';
import { parseValue } from '../value.ts';
import type { Words } from './context.ts';
import { arrowOf } from './field.ts';
import type { Options } from './options.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Table of learned flows unless told (ovs-actions(7), learn). */
const DEFAULT_TABLE = 1;
const DEFAULT_PRIORITY = 0x8000;

/** The word of `learn` (ovs-actions(7)). */
export const LEARN_WORDS: Words = {
  learn(value, { numbers }) {
    const specs: LearnSpec[] = [];
    const action: Mutable<LearnAction> = {
      action: 'learn',
      idleTimeout: 0,
      hardTimeout: 0,
      priority: DEFAULT_PRIORITY,
      cookie: 0n,
      flags: 0,
      table: DEFAULT_TABLE,
      finIdleTimeout: 0,
      finHardTimeout: 0,
      specs,
    };
    const options = optionsOf(action, numbers);
    for (const pair of pairsOf(value)) {
      const take = Object.hasOwn(options, pair.word.text) ? options[pair.word.text] : undefined;
      if (take === undefined) specs.push(specOf(pair, numbers));
      else take(pair.value);
    }
    const isLimited = action.limit !== undefined || action.result !== undefined;
    return [isLimited ? { limit: 0, ...action } : action];
  },
};

function optionsOf(action: Mutable<LearnAction>, numbers: TextNumbers): Options {
  const seconds =
    (member: 'idleTimeout' | 'hardTimeout' | 'finIdleTimeout' | 'finHardTimeout') => (one: Slice) => {
      action[member] = parseNumber(one, 16, 'seconds');
    };
  const flag = (bit: number) => () => {
    action.flags |= bit;
  };
  return {
    idle_timeout: seconds('idleTimeout'),
    hard_timeout: seconds('hardTimeout'),
    fin_idle_timeout: seconds('finIdleTimeout'),
    fin_hard_timeout: seconds('finHardTimeout'),
    send_flow_rem: flag(LEARN_FLAG.sendFlowRemoved),
    delete_learned: flag(LEARN_FLAG.deleteLearned),
    table: (one) => {
      action.table = parseTable(one, numbers);
      if (action.table === 0xff) throw unexpected('OFT_VALUE', one, 'a table below 255');
    },
    priority: (one) => {
      action.priority = parseNumber(one, 16, 'a priority');
    },
    cookie: (one) => {
      action.cookie = parseCookie(one);
    },
    limit: (one) => {
      const limit = parseNumber(one, 32, 'a number of flows');
      if (limit !== 0) action.limit = limit;
    },
    result_dst: (one) => {
      const result = parseTarget(one);
      if (result.bits !== 1) throw unexpected('OFT_VALUE', one, 'one bit');
      action.result = result;
      action.flags |= LEARN_FLAG.writeResult;
    },
  };
}

function specOf({ word, value }: Pair, numbers: TextNumbers): LearnSpec {
  if (word.text === 'output') return { spec: 'output', from: parseSubfield(value) };
  if (word.text === 'load') return loadOf(value);
  const field = fieldOfAction(word.text);
  const to = field === undefined ? parseSubfield(word) : wholeSubfield(field);
  if (value.text === '') return { spec: 'match', to, from: to };
  const other = sourceOf(value);
  if (other !== undefined) return { spec: 'match', to, from: sameBits(other, to, value) };
  if (field === undefined) return { spec: 'match', to, from: parseWide(value, to.bits) };
  const { value: constant, mask } = parseValue(field, value, numbers);
  if (mask !== undefined) throw unexpected('OFT_VALUE', value, 'a value without a mask');
  return { spec: 'match', to, from: BigInt(constant) };
}

/** `load:5->field[]` or `load:field[]->field[]`. */
function loadOf(slice: Slice): LearnSpec {
  const [source, target] = arrowOf(slice);
  const to = parseTarget(target);
  const from = /^\d/.test(source.text)
    ? parseWide(source, to.bits)
    : sameBits(parseSubfield(source), to, source);
  return { spec: 'load', to, from };
}

/** The field that a text names, or undefined where it is a constant. */
function sourceOf(slice: Slice): Subfield | undefined {
  const [name = ''] = slice.text.split('[');
  return fieldOfAction(name) === undefined ? undefined : parseSubfield(slice);
}

function sameBits(from: Subfield, to: Subfield, place: Slice): Subfield {
  if (from.bits !== to.bits) throw unexpected('OFT_VALUE', place, `${to.bits} bits`);
  return from;
}
