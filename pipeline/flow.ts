import {
  canonicalInstructions,
  canonicalMatch,
  encodeInstructions,
  encodeMatch,
  type Instruction,
  type Match,
  Writer,
} from 'openflow-codec';

/** Bytes of a key before the match: table and priority. */
const KEY_HEAD = 3;

/**
 * A flow as the reconciler keeps and compares it: match and instructions are wire bytes in the form that
 * Open vSwitch itself sends back, so that equal flows are equal bytes. They are kept as strings of one character a byte,
 * which take less than half of the memory of byte arrays, can be keys of a Map, and are compared at once.
 */
export class Flow {
  readonly cookieHi: number;
  readonly cookieLo: number;
  /** Table, priority and match: what makes a flow the same flow on a switch (OF 1.3.5, 6.4). See `flowKey`. */
  readonly key: string;
  /** `hashOfKey` of the key, for `FlowTable`. */
  readonly hash: number;
  /** Instruction structures, one after the other (OF 1.3.5, 7.2.4); one character a byte. */
  readonly content: string;

  constructor(key: string, cookieHi: number, cookieLo: number, content: string, hash = hashOfKey(key)) {
    this.key = key;
    this.hash = hash;
    this.cookieHi = cookieHi;
    this.cookieLo = cookieLo;
    this.content = content;
  }

  get tableId(): number {
    return this.key.charCodeAt(0);
  }

  get priority(): number {
    return (this.key.charCodeAt(1) << 8) | this.key.charCodeAt(2);
  }

  /** A whole ofp_match with its padding (OF 1.3.5, 7.2.3.1): a copy. */
  get match(): Uint8Array {
    return Buffer.from(this.matchText, 'latin1');
  }

  /** The bytes of the match, one character each. */
  get matchText(): string {
    return this.key.slice(KEY_HEAD);
  }

  /** The bytes of `content`: a copy. */
  get instructions(): Uint8Array {
    return Buffer.from(this.content, 'latin1');
  }
}

const scratch = new Writer();
let scratchText = textViewOf(scratch);
let scratchWords = new Int32Array(scratch.view.buffer);
/** Of each process another, so that nobody can think of flows that all have one hash. */
const SEED = Math.trunc(Math.random() * 2 ** 32) | 0;

/** Encodes a flow. Throws CodecError when a value does not fit its field or the message grows over 65,535 bytes. */
export function makeFlow(
  tableId: number,
  priority: number,
  cookie: { readonly hi: number; readonly lo: number },
  match: Match,
  instructions: readonly Instruction[],
): Flow {
  scratch.reset();
  putKeyHead(tableId, priority);
  encodeMatch(canonicalMatch(match), scratch);
  const key = textOf(0, scratch.size);
  const hash = hashOfScratch();
  return new Flow(key, cookie.hi, cookie.lo, contentOf(instructions), hash);
}

function contentOf(instructions: readonly Instruction[]): string {
  const [first] = instructions;
  if (first === undefined) return '';
  // What most flows do is to lead to one of a few tables: one text for all of them.
  if (instructions.length > 1 || first.instruction !== 'goto_table') return encodedContent(instructions);
  const known = GOTO_CONTENT[first.table];
  if (known !== undefined) return known;
  const content = encodedContent(instructions);
  GOTO_CONTENT[first.table] = content;
  return content;
}

const GOTO_CONTENT: (string | undefined)[] = [];

function encodedContent(instructions: readonly Instruction[]): string {
  scratch.reset();
  encodeInstructions(canonicalInstructions(instructions), scratch);
  return textOf(0, scratch.size);
}

/** The string that two flows share when a switch would take one for the other; `match` is canonical. */
export function flowKey(tableId: number, priority: number, match: Uint8Array): string {
  prepareKey(tableId, priority, match);
  return preparedKey();
}

/** Makes the key of what was found on a switch ready to be compared by `isPreparedKey`, and returns its hash. */
export function prepareKey(tableId: number, priority: number, match: Uint8Array): number {
  scratch.reset();
  putKeyHead(tableId, priority);
  scratch.append(match);
  return hashOfScratch();
}

/** The key of the last `prepareKey`, if nothing else was encoded since. */
export function preparedKey(): string {
  return textOf(0, scratch.size);
}

/** True for the key of the last `prepareKey`, if nothing else was encoded since. */
export function isPreparedKey(key: string): boolean {
  return isSameText(key, scratchText, scratch.size);
}

/** 32 bits of a key, as `flowKey` gives it. */
export function hashOfKey(key: string): number {
  scratch.reset();
  scratch.appendText(key);
  return hashOfScratch();
}

/** True when these instructions, in wire bytes, are those of a flow. */
export function hasContent({ content }: Flow, instructions: Uint8Array): boolean {
  return isSameText(content, instructions, instructions.length);
}

/** True when a text is these first bytes, one character each. */
function isSameText(text: string, bytes: Uint8Array, length: number): boolean {
  if (text.length !== length) return false;
  for (let at = 0; at < length; at++) if (text.charCodeAt(at) !== bytes[at]) return false;
  return true;
}

/** Bytes as a flow keeps them: one character each. */
export function bytesAsText(bytes: Uint8Array): string {
  scratch.reset();
  scratch.append(bytes);
  return textOf(0, scratch.size);
}

/** True when nothing needs to be sent to turn `a` into `b`; both have the same key. */
export function sameContent(a: Flow, b: Flow): boolean {
  return a.cookieHi === b.cookieHi && a.cookieLo === b.cookieLo && a.content === b.content;
}

function putKeyHead(tableId: number, priority: number): void {
  const at = scratch.reserve(KEY_HEAD);
  scratch.view.setUint8(at, tableId);
  scratch.view.setUint16(at + 1, priority);
}

/** Bytes of the scratch as text, in one piece: a string that is put together keeps its pieces. */
function textOf(start: number, end: number): string {
  followScratch();
  return scratchText.toString('latin1', start, end);
}

/** 32 bits of what is in the scratch, word by word. */
function hashOfScratch(): number {
  const { size } = scratch;
  // There is room for what fills the last word.
  scratch.ensure(4);
  followScratch();
  scratch.view.setUint32(size, 0);
  const words = scratchWords;
  let hash = SEED ^ size;
  for (let at = 0, end = (size + 3) >> 2; at < end; at++) {
    hash = Math.imul(hash ^ (words[at] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** A writer that grows has another buffer. */
function followScratch(): void {
  if (scratchText.buffer === scratch.view.buffer) return;
  scratchText = textViewOf(scratch);
  scratchWords = new Int32Array(scratch.view.buffer);
}

function textViewOf(writer: Writer): Buffer {
  return Buffer.from(writer.view.buffer);
}
