import type { Place } from './layout.ts';

/** Bits of some words of a key, as a match compares them and a set_field writes them: parallel arrays. */
export interface MaskedWords {
  readonly at: readonly number[];
  readonly masks: readonly number[];
  /** Zero where the mask is. */
  readonly values: readonly number[];
}

/** A field's value and mask spread over the words that hold it. */
export function spread(place: Place, value: bigint, mask: bigint): MaskedWords {
  const at: number[] = [];
  const masks: number[] = [];
  const values: number[] = [];
  const compared = (mask & place.ones) << BigInt(place.shift);
  const wanted = (value << BigInt(place.shift)) & compared;
  for (let index = 0; index < place.count; index++) {
    const down = BigInt(32 * (place.count - 1 - index));
    const word = Number((compared >> down) & 0xffffffffn);
    if (word === 0) continue;
    at.push(place.word + index);
    masks.push(word);
    values.push(Number((wanted >> down) & 0xffffffffn));
  }
  return { at, masks, values };
}

/** The value of a whole field. */
export function read(words: Uint32Array, place: Place): bigint {
  let value = 0n;
  for (let index = 0; index < place.count; index++) {
    value = (value << 32n) | BigInt(words[place.word + index] ?? 0);
  }
  return (value >> BigInt(place.shift)) & place.ones;
}

/** Writes the bits that `masked` has. */
export function write(words: Uint32Array, { at, masks, values }: MaskedWords): void {
  for (let index = 0; index < at.length; index++) {
    const word = at[index] ?? 0;
    words[word] = ((words[word] ?? 0) & ~(masks[index] ?? 0)) | (values[index] ?? 0);
  }
}

/** Several parts as one; bits of the same word come together. */
export function join(parts: readonly MaskedWords[]): MaskedWords {
  const masks = new Map<number, number>();
  const values = new Map<number, number>();
  for (const part of parts) {
    for (const [index, word] of part.at.entries()) {
      masks.set(word, ((masks.get(word) ?? 0) | (part.masks[index] ?? 0)) >>> 0);
      values.set(word, ((values.get(word) ?? 0) | (part.values[index] ?? 0)) >>> 0);
    }
  }
  const at = [...masks.keys()].sort((a, b) => a - b);
  return {
    at,
    masks: at.map((word) => masks.get(word) ?? 0),
    values: at.map((word) => values.get(word) ?? 0),
  };
}
