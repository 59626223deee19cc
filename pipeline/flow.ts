import {
  canonicalInstructions,
  canonicalMatch,
  encodeInstructions,
  encodeMatch,
  type Instruction,
  type Match,
  Writer,
} from 'openflow-codec';

/**
 * A flow as the reconciler keeps and compares it: match and instructions are wire bytes in the form that
 * Open vSwitch itself sends back, so that equal flows are equal bytes.
 */
export interface Flow {
  readonly tableId: number;
  readonly priority: number;
  readonly cookieHi: number;
  readonly cookieLo: number;
  /** A whole ofp_match with its padding (OF 1.3.5, 7.2.3.1). */
  readonly match: Uint8Array;
  /** Instruction structures, one after the other (OF 1.3.5, 7.2.4). */
  readonly instructions: Uint8Array;
  /** Table, priority and match: what makes a flow the same flow on a switch (OF 1.3.5, 6.4). */
  readonly key: string;
}

const scratch = new Writer();
const KEY_HEAD = 3;
let keyBytes = new Uint8Array(256);

/** Encodes a flow. Throws CodecError when a value does not fit its field or the message grows over 65,535 bytes. */
export function makeFlow(
  tableId: number,
  priority: number,
  cookie: { readonly hi: number; readonly lo: number },
  match: Match,
  instructions: readonly Instruction[],
): Flow {
  const matchBytes = copyOf(() => encodeMatch(canonicalMatch(match), scratch));
  const instructionBytes = copyOf(() => encodeInstructions(canonicalInstructions(instructions), scratch));
  return {
    tableId,
    priority,
    cookieHi: cookie.hi,
    cookieLo: cookie.lo,
    match: matchBytes,
    instructions: instructionBytes,
    key: flowKey(tableId, priority, matchBytes),
  };
}

/** The string that two flows share when a switch would take one for the other. */
export function flowKey(tableId: number, priority: number, match: Uint8Array): string {
  if (keyBytes.length < KEY_HEAD + match.length) keyBytes = new Uint8Array(2 * (KEY_HEAD + match.length));
  keyBytes[0] = tableId;
  keyBytes[1] = priority >> 8;
  keyBytes[2] = priority;
  keyBytes.set(match, KEY_HEAD);
  // At once: a string that is put together piece by piece keeps its pieces, which is forty times its size.
  return Reflect.apply(String.fromCharCode, undefined, keyBytes.subarray(0, KEY_HEAD + match.length));
}

/** True when nothing needs to be sent to turn `a` into `b`; both have the same key. */
export function sameContent(a: Flow, b: Flow): boolean {
  return a.cookieHi === b.cookieHi && a.cookieLo === b.cookieLo && equalBytes(a.instructions, b.instructions);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function copyOf(write: () => void): Uint8Array {
  scratch.reset();
  write();
  return scratch.bytes().slice();
}
