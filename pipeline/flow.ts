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
 * which take less than half of the memory of byte arrays, can be keys of a Map, and are compared and hashed at once.
 */
export class Flow {
  readonly cookieHi: number;
  readonly cookieLo: number;
  /** Table, priority and match: what makes a flow the same flow on a switch (OF 1.3.5, 6.4). See `flowKey`. */
  readonly key: string;
  /** Instruction structures, one after the other (OF 1.3.5, 7.2.4); one character a byte. */
  readonly content: string;

  constructor(key: string, cookieHi: number, cookieLo: number, content: string) {
    this.key = key;
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
  return new Flow(key, cookie.hi, cookie.lo, contentOf(instructions));
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
  scratch.reset();
  putKeyHead(tableId, priority);
  scratch.append(match);
  return textOf(0, scratch.size);
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
  // A writer that grows has another buffer.
  if (scratchText.buffer !== scratch.view.buffer) scratchText = textViewOf(scratch);
  return scratchText.toString('latin1', start, end);
}

function textViewOf(writer: Writer): Buffer {
  return Buffer.from(writer.view.buffer);
}
