import { type Flow, sameContent } from './flow.ts';
import { FlowTable } from './flow-table.ts';

/** How one flow of a switch differs: `before` is absent when it is new, `after` when it goes. */
export interface FlowChange {
  readonly before: Flow | undefined;
  readonly after: Flow | undefined;
}

/** A key of which claims go or come: the last of them, and who had it before. */
interface Touched {
  readonly flow: Flow;
  readonly isInto: boolean;
  readonly before: Flow | undefined;
}

/**
 * The flows that a switch ought to have, by key. Two facts may claim one key (a mistake, or the moment in which
 * a thing passes from one fact to another): the lowest cookie wins, whatever the order they came in, and the other
 * takes over when it goes.
 */
export class FlowSet {
  readonly #winners = new FlowTable();
  /** All claims of the contested keys only, the winner first. */
  readonly #contested = new Map<string, readonly Flow[]>();
  #edition = 0;

  get size(): number {
    return this.#winners.size;
  }

  /** Keys that more than one fact claims: none in a healthy pipeline. */
  get conflicts(): number {
    return this.#contested.size;
  }

  /** Another number after each change. */
  get edition(): number {
    return this.#edition;
  }

  get(key: string): Flow | undefined {
    return this.#winners.get(key);
  }

  /** The flow with the key of another. */
  like(flow: Flow): Flow | undefined {
    return this.#winners.like(flow);
  }

  /** The flow with the key of these, as found on a switch; `match` is canonical. */
  find(tableId: number, priority: number, match: Uint8Array): Flow | undefined {
    return this.#winners.find(tableId, priority, match);
  }

  values(): IterableIterator<Flow> {
    return this.#winners.values();
  }

  /** Puts in claims; appends to `changes` what that changes on the switch, in their order. */
  fill(flows: Iterable<Flow>, changes: FlowChange[]): void {
    this.#edition += 1;
    for (const flow of flows) {
      const before = this.#winners.offer(flow);
      if (before !== undefined) this.#contend(before, flow);
      const after = before === undefined ? flow : this.#winners.like(flow);
      if (!before || !after || !sameContent(before, after)) changes.push({ before, after });
    }
  }

  /** Takes out and puts in claims at once; returns what that changes on the switch, one entry per key at most. */
  replace(out: readonly Flow[], into: readonly Flow[]): FlowChange[] {
    this.#edition += 1;
    /** By key. */
    const touched = new Map<string, Touched>();
    for (const flow of into) touched.set(flow.key, { flow, isInto: true, before: this.#winners.like(flow) });
    for (const flow of out) {
      const known = touched.get(flow.key);
      if (known === undefined)
        touched.set(flow.key, { flow, isInto: false, before: this.#winners.like(flow) });
      // What comes takes its place.
      else if (known.isInto && sameCookie(known.flow, flow)) continue;
      this.#settle(
        flow,
        this.#claims(flow).filter((claim) => !sameCookie(claim, flow)),
      );
    }
    for (const flow of into) {
      const winner = this.#winners.offer(flow);
      if (winner !== undefined) this.#contend(winner, flow);
    }
    const changes: FlowChange[] = [];
    for (const { flow, before } of touched.values()) {
      const after = this.#winners.like(flow);
      if (before && after ? !sameContent(before, after) : before !== after) changes.push({ before, after });
    }
    return changes;
  }

  /** Puts in a claim of a key that has a winner. */
  #contend(winner: Flow, flow: Flow): void {
    if (sameCookie(winner, flow) && !this.#contested.has(flow.key)) {
      this.#winners.put(flow);
      return;
    }
    const others = this.#claims(flow).filter((claim) => !sameCookie(claim, flow));
    this.#settle(flow, [...others, flow].sort(byCookie));
  }

  #claims(flow: Flow): readonly Flow[] {
    const contested = this.#contested.get(flow.key);
    if (contested) return contested;
    const winner = this.#winners.like(flow);
    return winner ? [winner] : [];
  }

  #settle(flow: Flow, claims: readonly Flow[]): void {
    const [winner] = claims;
    if (winner) this.#winners.put(winner);
    else this.#winners.delete(flow);
    if (claims.length > 1) this.#contested.set(flow.key, claims);
    else this.#contested.delete(flow.key);
  }
}

function sameCookie(a: Flow, b: Flow): boolean {
  return a.cookieHi === b.cookieHi && a.cookieLo === b.cookieLo;
}

function byCookie(a: Flow, b: Flow): number {
  return a.cookieHi - b.cookieHi || a.cookieLo - b.cookieLo;
}
