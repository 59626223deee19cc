/** Numbers from 0 up to, but without, 1, that a seed repeats (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Spoils messages the way an attacker who knows OpenFlow would: lengths, types, nesting, ends. Most of what comes out
 * has a true message length, and true lengths around what was put in or taken out, so that it gets past the first checks.
 */
export class Mutator {
  readonly #corpus: readonly Uint8Array[];
  readonly #random: () => number;

  constructor(corpus: readonly Uint8Array[], seed: number) {
    this.#corpus = corpus;
    this.#random = randomOf(seed);
  }

  /** The next message. */
  next(): Uint8Array {
    let bytes: Uint8Array = this.#pick(this.#corpus).slice();
    for (let count = 1 + this.#below(4); count > 0 && bytes.length >= HEADER_SIZE; count--) {
      bytes = this.#pick(this.#ways)(bytes);
    }
    return bytes.length > MAX_SIZE ? bytes.slice(0, MAX_SIZE) : bytes;
  }

  readonly #ways: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => this.#setByte(bytes),
    (bytes) => this.#setWord(bytes, this.#pick(WORDS)),
    // A length or a type a little off, somewhere where one may be.
    (bytes) => this.#setWord(bytes, this.#below(64)),
    (bytes) => this.#addToWord(bytes),
    (bytes) => this.#flipBit(bytes),
    (bytes) => this.#truncate(bytes),
    (bytes) => this.#remove(bytes),
    (bytes) => this.#splice(bytes, this.#pick(this.#corpus)),
    (bytes) => this.#splice(bytes, bytes),
    (bytes) => this.#wrap(bytes),
  ];

  #setByte(bytes: Uint8Array): Uint8Array {
    bytes[this.#below(bytes.length)] = this.#below(256);
    return bytes;
  }

  #flipBit(bytes: Uint8Array): Uint8Array {
    const at = this.#below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#below(8));
    return bytes;
  }

  #setWord(bytes: Uint8Array, value: number): Uint8Array {
    viewOf(bytes).setUint16(2 * this.#below(bytes.length >> 1), value);
    return bytes;
  }

  #addToWord(bytes: Uint8Array): Uint8Array {
    const view = viewOf(bytes);
    const at = 2 * this.#below(bytes.length >> 1);
    view.setUint16(at, view.getUint16(at) + this.#pick([-8, -4, -1, 1, 4, 8]));
    return bytes;
  }

  #truncate(bytes: Uint8Array): Uint8Array {
    return this.#resized(bytes, this.#place(bytes), bytes.length, new Uint8Array(0));
  }

  #remove(bytes: Uint8Array): Uint8Array {
    const start = this.#place(bytes);
    return this.#resized(
      bytes,
      start,
      Math.min(bytes.length, start + 8 * (1 + this.#below(4))),
      new Uint8Array(0),
    );
  }

  #splice(bytes: Uint8Array, donor: Uint8Array): Uint8Array {
    const from = this.#place(donor);
    const part = donor.slice(from, from + 8 * (1 + this.#below(6)));
    const at = this.#place(bytes);
    return this.#resized(bytes, at, at, part);
  }

  /** Puts a part of the message into an action or an entry that can contain others. */
  #wrap(bytes: Uint8Array): Uint8Array {
    const at = this.#place(bytes);
    const clone = Uint8Array.from([0xff, 0xff, 0, 16, 0, 0, 0x23, 0x20, 0, 42, 0, 0, 0, 0, 0, 0]);
    const inside = Math.min(bytes.length - at, 8 * this.#below(8));
    viewOf(clone).setUint16(2, 16 + inside);
    return this.#resized(bytes, at, at, clone);
  }

  /** The message with another part between two places, and the lengths around it made true, most of the time. */
  #resized(bytes: Uint8Array, start: number, end: number, part: Uint8Array): Uint8Array {
    const result = new Uint8Array(bytes.length - (end - start) + part.length);
    result.set(bytes.subarray(0, start));
    result.set(part, start);
    result.set(bytes.subarray(end), start + part.length);
    const change = result.length - bytes.length;
    if (this.#below(8) > 0) repairLengths(result, bytes, start, change);
    if (this.#below(16) > 0 && result.length >= HEADER_SIZE) {
      viewOf(result).setUint16(2, Math.min(result.length, MAX_SIZE));
    }
    return result;
  }

  /** A place where a structure may begin. */
  #place(bytes: Uint8Array): number {
    return 8 * this.#below((bytes.length >> 3) + 1);
  }

  #below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

const HEADER_SIZE = 8;
const MAX_SIZE = 0xffff;
const WORDS: readonly number[] = [0, 1, 4, 7, 8, 9, 16, 0x7fff, 0x8000, 0xfff8, 0xffff, 0x2320, 0x4f4e];

/** Adds `change` to every 16-bit number that, as the length of what begins at it or before it, reaches over `at`. */
export function repairLengths(result: Uint8Array, before: Uint8Array, at: number, change: number): void {
  const view = viewOf(before);
  for (let start = HEADER_SIZE; start + 4 <= at; start += 4) {
    for (const place of [start, start + 2]) {
      const length = view.getUint16(place);
      if (length >= 8 && start + length >= at && start + length <= before.length) {
        viewOf(result).setUint16(place, length + change);
      }
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
