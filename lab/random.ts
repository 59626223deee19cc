/** Random choices that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 up to, but without, `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** An integer from `first` to `last`. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True in one of `every` cases. */
  oneIn(every: number): boolean {
    return this.below(every) === 0;
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** `count` different items, or all if there are fewer, in random order. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.below(left.length), 1));
    return taken;
  }

  /** An unsigned integer of so many bits; few ones, many ones and any, alike often. */
  bits(count: number): bigint {
    let value = 0n;
    for (let have = 0; have < count; have += 32) value = (value << 32n) | BigInt(this.below(2 ** 32));
    const all = (1n << BigInt(count)) - 1n;
    const any = value & all;
    switch (this.below(4)) {
      case 0:
        return BigInt(this.below(Math.min(2 ** count, 16)));
      case 1:
        return all ^ BigInt(this.below(Math.min(2 ** count, 16)));
      default:
        return any;
    }
  }

  /** The same for up to 32 bits. */
  uint(count: number): number {
    return Number(this.bits(count));
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
