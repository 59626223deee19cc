import { type Flow, sameContent } from './flow.ts';

/** How one flow of a switch differs: `before` is absent when it is new, `after` when it goes. */
export interface FlowChange {
  readonly before: Flow | undefined;
  readonly after: Flow | undefined;
}

/**
 * The flows that a switch ought to have, by key. Two facts may claim one key (a mistake, or the moment in which
 * a thing passes from one fact to another): the lowest cookie wins, whatever the order they came in, and the other
 * takes over when it goes.
 */
export class FlowSet {
  readonly #winners = new Map<string, Flow>();
  /** All claims of the contested keys only, the winner first. */
  readonly #contested = new Map<string, readonly Flow[]>();

  get size(): number {
    return this.#winners.size;
  }

  /** Keys that more than one fact claims: none in a healthy pipeline. */
  get conflicts(): number {
    return this.#contested.size;
  }

  get(key: string): Flow | undefined {
    return this.#winners.get(key);
  }

  values(): IterableIterator<Flow> {
    return this.#winners.values();
  }

  /** Puts in claims; appends to `changes` what that changes on the switch, in their order. */
  fill(flows: Iterable<Flow>, changes: FlowChange[]): void {
    for (const flow of flows) {
      const before = this.#winners.get(flow.key);
      this.#put(flow);
      const after = before === undefined ? flow : this.#winners.get(flow.key);
      if (!before || !after || !sameContent(before, after)) changes.push({ before, after });
    }
  }

  /** Takes out and puts in claims at once; returns what that changes on the switch, one entry per key at most. */
  replace(out: readonly Flow[], into: readonly Flow[]): FlowChange[] {
    const touched = new Map<string, Flow | undefined>();
    for (const { key } of [...out, ...into]) touched.set(key, this.#winners.get(key));
    for (const flow of out)
      this.#settle(
        flow.key,
        this.#claims(flow.key).filter((claim) => !sameCookie(claim, flow)),
      );
    for (const flow of into) this.#put(flow);
    const changes: FlowChange[] = [];
    for (const [key, before] of touched) {
      const after = this.#winners.get(key);
      if (before && after ? !sameContent(before, after) : before !== after) changes.push({ before, after });
    }
    return changes;
  }

  #put(flow: Flow): void {
    const winner = this.#winners.get(flow.key);
    if (winner === undefined || (sameCookie(winner, flow) && !this.#contested.has(flow.key))) {
      this.#winners.set(flow.key, flow);
      return;
    }
    const others = this.#claims(flow.key).filter((claim) => !sameCookie(claim, flow));
    this.#settle(flow.key, [...others, flow].sort(byCookie));
  }

  #claims(key: string): readonly Flow[] {
    const contested = this.#contested.get(key);
    if (contested) return contested;
    const winner = this.#winners.get(key);
    return winner ? [winner] : [];
  }

  #settle(key: string, claims: readonly Flow[]): void {
    const [winner] = claims;
    if (winner) this.#winners.set(key, winner);
    else this.#winners.delete(key);
    if (claims.length > 1) this.#contested.set(key, claims);
    else this.#contested.delete(key);
  }
}

function sameCookie(a: Flow, b: Flow): boolean {
  return a.cookieHi === b.cookieHi && a.cookieLo === b.cookieLo;
}

function byCookie(a: Flow, b: Flow): number {
  return a.cookieHi - b.cookieHi || a.cookieLo - b.cookieLo;
}
