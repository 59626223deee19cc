import { OvsdbError } from '../errors.ts';
import type { Json } from '../notation/json.ts';

/** What one message may cost before it is parsed. */
export interface FrameLimits {
  /** Bytes. */
  readonly maxMessageBytes: number;
  /** Arrays and objects inside each other. */
  readonly maxDepth: number;
  /** Opening brackets and commas: an upper bound for the values that `JSON.parse` would make. */
  readonly maxValues: number;
}

export const FRAME_LIMITS: FrameLimits = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxDepth: 64,
  maxValues: 2_000_000,
};

/**
 * Cuts a byte stream into JSON texts: RFC 7047 has no delimiter, an object ends where its braces close.
 * It looks at bytes only (no byte of a multi-byte UTF-8 character equals a bracket, quote or backslash), so a
 * message may be split anywhere, and refuses a message that exceeds its limits before anything is parsed.
 */
export class JsonFramer {
  #limits: FrameLimits;
  /** The beginning of an unfinished message. One growing buffer, so that a trickle of bytes costs no more. */
  #buffer = Buffer.alloc(0);
  #bytes = 0;
  #values = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(limits: FrameLimits = FRAME_LIMITS) {
    this.#limits = limits;
  }

  /** Changes the limits, from the next byte on. */
  limit(limits: FrameLimits): void {
    this.#limits = limits;
  }

  /** Bytes of the unfinished message. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /**
   * Takes the next bytes of the stream and yields every message that they complete. Throws OVSDB_TOO_LARGE, OVSDB_TOO_DEEP, OVSDB_TOO_MANY or OVSDB_JSON; the stream cannot
   * be resumed after that.
   */
  *push(chunk: Uint8Array): Generator<Json, void, undefined> {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#depth === 0) start = this.#begin(byte, at);
        this.#depth += 1;
        if (this.#depth > this.#limits.maxDepth) throw this.#exceeded('OVSDB_TOO_DEEP', 'maxDepth');
        this.#count();
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (this.#depth === 0) throw new OvsdbError('OVSDB_JSON', { byte });
        this.#depth -= 1;
        if (this.#depth === 0) {
          yield this.#take(chunk.subarray(start, at + 1));
          start = at + 1;
        }
      } else if (byte === QUOTE && this.#depth > 0) this.#inString = true;
      else if (byte === COMMA && this.#depth > 0) this.#count();
      else if (this.#depth === 0 && !isSpace(byte)) throw new OvsdbError('OVSDB_JSON', { byte: byte ?? -1 });
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
  }

  #begin(byte: number, at: number): number {
    // Every JSON-RPC message is an object; anything else at the top is not ours.
    if (byte !== OPEN_BRACE) throw new OvsdbError('OVSDB_JSON', { byte });
    return at;
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > this.#limits.maxValues) throw this.#exceeded('OVSDB_TOO_MANY', 'maxValues');
  }

  #admit(size: number): void {
    if (this.#bytes + size > this.#limits.maxMessageBytes)
      throw this.#exceeded('OVSDB_TOO_LARGE', 'maxMessageBytes');
  }

  #keep(part: Uint8Array): void {
    this.#admit(part.length);
    if (this.#buffer.length < this.#bytes + part.length) {
      const needed = this.#bytes + part.length;
      const roomy = Math.min(Math.max(4096, 2 * needed), this.#limits.maxMessageBytes);
      const larger = Buffer.alloc(Math.max(needed, roomy));
      this.#buffer.copy(larger, 0, 0, this.#bytes);
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#bytes);
    this.#bytes += part.length;
  }

  #take(rest: Uint8Array): Json {
    let bytes = rest;
    if (this.#bytes === 0) this.#admit(rest.length);
    else {
      this.#keep(rest);
      bytes = this.#buffer.subarray(0, this.#bytes);
      this.#buffer = Buffer.alloc(0);
    }
    this.#bytes = 0;
    this.#values = 0;
    try {
      return JSON.parse(UTF8.decode(bytes));
    } catch (cause) {
      throw new OvsdbError('OVSDB_JSON', {}, cause);
    }
  }

  #exceeded(
    code: 'OVSDB_TOO_DEEP' | 'OVSDB_TOO_MANY' | 'OVSDB_TOO_LARGE',
    limit: keyof FrameLimits,
  ): OvsdbError {
    return new OvsdbError(code, { [limit]: this.#limits[limit] });
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
