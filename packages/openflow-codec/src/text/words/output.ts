import { toShortPort } from '../../action/port.ts';
import type { Action } from '../../action.ts';
import { ALL_TABLES, NO_TRUNCATION, PORT } from '../../constants.ts';
import { fieldOfAction } from '../field-words.ts';
import { parsePort, parseTable, portOf } from '../names.ts';
import { parseNumber } from '../number.ts';
import { listOf, type Slice, splitAt, trimmed, unexpected } from '../slice.ts';
import { parseSubfield } from '../subfield.ts';
import type { Word, WordContext, Words } from './context.ts';
import { readOptions } from './options.ts';

/** Bytes that a truncated packet has at least: those of the Ethernet header. */
const LEAST_LENGTH = 14;

/** Words of the actions that send a packet somewhere (ovs-actions(7)). */
export const OUTPUT_WORDS: Words = {
  output: (value, context) => [outputOf(value, context)],
  group: (value) => [{ action: 'group', group: parseNumber(value, 32, 'a group') }],
  set_queue: (value) => [{ action: 'set_queue', queue: parseNumber(value, 32, 'a queue') }],
  pop_queue: plain({ action: 'pop_queue' }),
  enqueue(value, { numbers }) {
    const [, first = '', second = ''] = /^([^:,]*)[:,](.*)$/.exec(value.text) ?? [];
    const port = parsePort(trimmed({ text: first, at: value.at }), numbers);
    const queue = parseNumber(trimmed({ text: second, at: value.at + first.length + 1 }), 32, 'a queue');
    const send: Action = { action: 'output', port, maxLength: NO_TRUNCATION };
    return [{ action: 'set_queue', queue }, send, { action: 'pop_queue' }];
  },
  resubmit(value, { numbers }) {
    const [first, rest] = splitAt(value, ',') ?? [value, undefined];
    const [second, third] =
      rest === undefined ? [undefined, undefined] : (splitAt(rest, ',') ?? [rest, undefined]);
    const inPort = first.text === '' ? PORT.inPort : parsePort(trimmed(first), numbers);
    const table = second && second.text !== '' ? parseTable(trimmed(second), numbers) : ALL_TABLES;
    if (third && third.text !== 'ct') throw unexpected('OFT_WORD', third, 'ct');
    if (inPort === PORT.inPort && table === ALL_TABLES)
      throw unexpected('OFT_SYNTAX', value, 'a port or a table');
    checkShort(inPort, first);
    const action = { action: 'resubmit', inPort, table } as const;
    return [third === undefined ? action : { ...action, form: 'ct' }];
  },
  clone: (value, { nested }) => [{ action: 'clone', actions: nested(value) }],
  exit: plain({ action: 'exit' }),
};

/** An action without arguments. */
export function plain(action: Action): Word {
  return (value) => {
    if (value.text.trim() !== '') throw unexpected('OFT_SYNTAX', value, 'no argument');
    return [action];
  };
}

/** An output, of whole packets where it goes to the controller. */
export function output(port: number): Action {
  return { action: 'output', port, maxLength: port === PORT.controller ? NO_TRUNCATION : 0 };
}

/** Ports between commas or white space, each of which 16 bits can carry. */
export function parsePorts(slice: Slice, { numbers }: WordContext): number[] {
  return listOf(slice).map((one) => checkShort(parsePort(one, numbers), one));
}

/** The port, if the 16 bits that Nicira's actions have for one can carry it. Throws OFT_VALUE. */
export function checkShort(port: number, slice: Slice): number {
  try {
    toShortPort(port);
  } catch {
    throw unexpected('OFT_VALUE', slice, 'a port below 0xff00, or a reserved one');
  }
  return port;
}

function outputOf(value: Slice, context: WordContext): Action {
  if (/\bport=/.test(value.text)) return truncated(value, context);
  const port = portOf(value, context.numbers);
  if (port !== undefined) return output(port);
  const [name = ''] = value.text.split('[');
  if (fieldOfAction(name) === undefined) throw unexpected('OFT_VALUE', value, 'a port or a field');
  return { action: 'output_reg', from: parseSubfield(value), maxLength: NO_TRUNCATION };
}

/** `output(port=1,max_len=100)`. */
function truncated(value: Slice, { numbers }: WordContext): Action {
  let port: number = PORT.any;
  let maxLength = 0;
  readOptions(value, {
    port: (one) => {
      port = checkShort(parsePort(one, numbers), one);
    },
    max_len: (one) => {
      maxLength = parseNumber(one, 32);
    },
  });
  const isTarget = port <= PORT.max || port === PORT.local || port === PORT.inPort;
  if (!isTarget || maxLength < LEAST_LENGTH) {
    throw unexpected('OFT_VALUE', value, `port=PORT,max_len=N with N from ${LEAST_LENGTH} up`);
  }
  return { action: 'output_trunc', port, maxLength };
}
