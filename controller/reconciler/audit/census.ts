import { flowMod } from 'openflow-codec';
import { FACT_KINDS } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { COOKIE_SPACE_HI, type Flow, LEARNED_SPACE_MASK_HI } from '#pipeline';
import { type CookieRange, cookieMatch } from '../reading/walk-flows.ts';

/** Flows that a switch has learned under one cookie, and how many they are. */
export interface Learned {
  readonly hi: number;
  readonly lo: number;
  readonly count: number;
}

/** What a switch has learned, as of its last audit. */
export interface Census {
  /** How many flows it has learned in all. */
  readonly count: number;
  /** Of them, those of each port, by its key. */
  readonly ports: ReadonlyMap<number, number>;
}

const ALL_TABLES = 0xff;
/** Cookies that are told apart on one switch, more than it has ports; whatever it says, no more are kept. */
const MOST_COOKIES = 100_000;

/** Counts what a switch has learned, by cookie. */
export class LearnedCounts {
  readonly #counts = new CookieMap<Learned & { count: number }>();

  get all(): readonly Learned[] {
    return [...this.#counts.values()];
  }

  add({ cookieHi: hi, cookieLo: lo }: Pick<Flow, 'cookieHi' | 'cookieLo'>): void {
    const known = this.#counts.get(hi, lo);
    if (known) known.count += 1;
    else if (this.#counts.size < MOST_COOKIES) this.#counts.set(hi, lo, { hi, lo, count: 1 });
  }
}

/** Tells apart what flows have learned that are desired, and what is left of others: of ports that are gone. */
export function sortLearned(
  learned: readonly Learned[],
  desired: Iterable<Flow>,
): { readonly census: Census; readonly orphans: readonly Learned[] } {
  const left = new CookieMap<Learned>();
  for (const each of learned) left.set(learnerOf(each), each.lo, each);
  // Most switches have learned nothing: then the many desired flows need not be walked.
  if (left.size > 0) for (const { cookieHi, cookieLo } of desired) left.delete(cookieHi, cookieLo);
  const orphans = new Set(left.values());
  const ports = new Map<number, number>();
  let all = 0;
  for (const each of learned) {
    if (orphans.has(each)) continue;
    all += each.count;
    const kind = (each.hi >>> 8) & 0xff;
    if (kind === FACT_KINDS.firewallPort) ports.set(each.lo, (ports.get(each.lo) ?? 0) + each.count);
  }
  return { census: { count: all, ports }, orphans: [...orphans] };
}

/** Has a switch forget what it has learned under these cookies, and nothing else. */
export function forget(connection: Pick<Connection, 'send'>, learned: readonly CookieRange[]): void {
  for (const range of learned)
    connection.send(flowMod({ command: 'delete', tableId: ALL_TABLES, ...cookieMatch(range) }));
}

/** The upper half of the cookie of the flow that has learned it. */
function learnerOf({ hi }: Learned): number {
  return ((hi & ~LEARNED_SPACE_MASK_HI) | COOKIE_SPACE_HI) >>> 0;
}

/** By cookie, whose halves are looked for without making anything of them: a switch may have a hundred thousand flows. */
class CookieMap<T> {
  readonly #halves = new Map<number, Map<number, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  *values(): IterableIterator<T> {
    for (const half of this.#halves.values()) yield* half.values();
  }

  get(hi: number, lo: number): T | undefined {
    return this.#halves.get(hi)?.get(lo);
  }

  set(hi: number, lo: number, value: T): void {
    const half = this.#halves.get(hi) ?? new Map<number, T>();
    this.#size -= half.size;
    this.#halves.set(hi, half.set(lo, value));
    this.#size += half.size;
  }

  delete(hi: number, lo: number): void {
    if (this.#halves.get(hi)?.delete(lo)) this.#size -= 1;
  }
}
