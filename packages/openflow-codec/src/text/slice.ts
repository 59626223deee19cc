import { type TextCode, TextError } from './errors.ts';

/** A piece of a text that knows where it stands in the whole, so that an error can say so. */
export interface Slice {
  readonly text: string;
  readonly at: number;
}

/** A word and what follows it: `word`, `word:value`, `word=value` or `word(value)`, as ovs-ofctl splits text. */
export interface Pair {
  readonly word: Slice;
  /** Empty when nothing follows. */
  readonly value: Slice;
}

const SPACE = ' \t\r\n';
const BETWEEN = `,${SPACE}`;
const AFTER_WORD = `:=(${BETWEEN}`;

/** A whole text as a slice. */
export function wholeOf(text: string): Slice {
  return { text, at: 0 };
}

/** The characters from `start` up to `end`. */
export function cut({ text, at }: Slice, start: number, end = text.length): Slice {
  return { text: text.slice(start, end), at: at + start };
}

/** The slice without white space around it. */
export function trimmed(slice: Slice): Slice {
  const rest = slice.text.trimStart();
  return { text: rest.trimEnd(), at: slice.at + slice.text.length - rest.length };
}

/** What stands before and after the first `mark`, or undefined when it is not there. */
export function splitAt(slice: Slice, mark: string): readonly [Slice, Slice] | undefined {
  const at = slice.text.indexOf(mark);
  return at < 0 ? undefined : [cut(slice, 0, at), cut(slice, at + mark.length)];
}

/** The parts between commas and white space. */
export function listOf(slice: Slice): Slice[] {
  return Array.from(slice.text.matchAll(/[^,\s]+/g), (match) => ({
    text: match[0],
    at: slice.at + match.index,
  }));
}

/** The error that a slice is not what it should be. */
export function unexpected(code: TextCode, { text, at }: Slice, expected: string): TextError {
  return new TextError(code, { offset: at, found: text, expected });
}

/**
 * The pairs of a text, which commas or white space separate. After `:` and `=` a value ends at the next separator
 * outside of parentheses, after `(` at the closing one, and `(x)->y` is one value. Throws OFT_SYNTAX when a
 * parenthesis stays open.
 */
export function pairsOf(slice: Slice): Pair[] {
  const { text } = slice;
  const pairs: Pair[] = [];
  for (let next = skip(text, 0, BETWEEN); next < text.length; next = skip(text, next, BETWEEN)) {
    const end = find(text, next, AFTER_WORD);
    const word = cut(slice, next, end);
    const delimiter = text.charAt(end);
    if (delimiter !== '(') {
      const hasValue = delimiter === ':' || delimiter === '=';
      const valueEnd = hasValue ? endOfValue(slice, end + 1) : end;
      pairs.push({ word, value: hasValue ? cut(slice, end + 1, valueEnd) : cut(slice, end, end) });
      next = valueEnd;
      continue;
    }
    const close = closing(slice, end);
    const hasTarget = text.startsWith('->', close + 1);
    const valueEnd = hasTarget ? endOfValue(slice, close + 1) : close;
    pairs.push({ word, value: cut(slice, end + 1, valueEnd) });
    next = hasTarget ? valueEnd : close + 1;
  }
  return pairs;
}

/** The only value of `word` among pairs, or undefined. */
export function valueAfter(pairs: readonly Pair[], word: string): Slice | undefined {
  return pairs.find((pair) => pair.word.text === word)?.value;
}

function skip(text: string, start: number, characters: string): number {
  let at = start;
  while (at < text.length && characters.includes(text.charAt(at))) at++;
  return at;
}

function find(text: string, start: number, characters: string): number {
  let at = start;
  while (at < text.length && !characters.includes(text.charAt(at))) at++;
  return at;
}

function endOfValue(slice: Slice, start: number): number {
  let at = start;
  while (at < slice.text.length && !BETWEEN.includes(slice.text.charAt(at))) {
    at = slice.text.charAt(at) === '(' ? closing(slice, at) + 1 : at + 1;
  }
  return at;
}

/** Where the parenthesis that opens at `open` closes. */
function closing(slice: Slice, open: number): number {
  let depth = 0;
  for (let at = open; at < slice.text.length; at++) {
    const character = slice.text.charAt(at);
    if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at;
  }
  throw unexpected('OFT_SYNTAX', cut(slice, open), 'a closing parenthesis');
}
