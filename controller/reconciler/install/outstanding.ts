import { type Flow, type FlowChange, sameContent } from '#pipeline';
import type { Refusal } from './install.ts';

/**
 * Every difference between what a switch has (`before`) and what is desired (`after`), by flow key. A flow that changes several
 * times is sent once, and a refusal is never forgotten, nor sent again in place of something newer. A change that was taken
 * and not refused is on the switch.
 */
export class Outstanding {
  readonly #toSend = new Map<string, FlowChange>();
  readonly #refused = new Map<string, Refusal>();

  /** Keys of the flows that changed since `follow`, while somebody looks. */
  #touched: Set<string> | undefined;

  /** Flows still to be sent. */
  get size(): number {
    return this.#toSend.size;
  }

  /** What the switch refused and is not to be sent again yet. */
  get refused(): ReadonlyMap<string, Refusal> {
    return this.#refused;
  }

  /** The desired flow changes, from what was desired before. */
  add(change: FlowChange): void {
    const key = keyOf(change);
    this.#touched?.add(key);
    const open = this.#toSend.get(key) ?? this.#refused.get(key)?.change;
    this.#toSend.delete(key);
    this.#refused.delete(key);
    this.#put(key, open ? open.before : change.before, change.after);
  }

  /** Takes out all that is to be sent now. */
  take(): FlowChange[] {
    const changes = [...this.#toSend.values()];
    this.#toSend.clear();
    return changes;
  }

  /** A change that was taken is not on the switch after all. */
  refuse(refusal: Refusal): void {
    const key = keyOf(refusal.change);
    const newer = this.#toSend.get(key);
    this.#toSend.delete(key);
    if (newer) this.#put(key, refusal.change.before, newer.after);
    else this.#refused.set(key, refusal);
  }

  /** True when a change of a flow must be merged with what is still to be sent of it. */
  has(change: FlowChange): boolean {
    return this.#toSend.size > 0 && this.#toSend.has(keyOf(change));
  }

  /** A change is to be sent again: it is not on the switch after all. */
  giveBack(change: FlowChange): void {
    const key = keyOf(change);
    const newer = this.#toSend.get(key);
    this.#toSend.delete(key);
    this.#put(key, change.before, newer ? newer.after : change.after);
  }

  /** Sends again what was refused. */
  retry(): void {
    for (const [key, { change }] of this.#refused) {
      this.#touched?.add(key);
      this.#toSend.set(key, change);
    }
    this.#refused.clear();
  }

  /** Begins to remember which flows change from now on, when nothing is to be sent: for `drift`. */
  follow(): void {
    this.#touched = new Set();
  }

  /** True when no flow has changed since `follow`. */
  get isQuiet(): boolean {
    return this.#touched?.size === 0;
  }

  /**
   * Of the differences that were read from the switch since `follow`, those that somebody else made: neither flows that
   * changed meanwhile nor those that are missing because they were refused. Ends what `follow` began.
   */
  drift(changes: readonly FlowChange[]): FlowChange[] {
    const touched = this.#touched ?? new Set();
    this.#touched = undefined;
    return changes.filter(({ before, after }) => {
      if ((after && touched.has(after.key)) || (before && touched.has(before.key))) return false;
      const refused = after && this.#refused.get(after.key)?.change;
      return !refused || !isSame(refused.before, before);
    });
  }

  /** Enters what an audit found on the switch, in place of what was believed: it is to be sent, even if it was refused before. */
  found(change: FlowChange): void {
    const key = keyOf(change);
    this.#refused.delete(key);
    this.#toSend.set(key, change);
  }

  /** Starts anew from what was found on the switch. */
  reset(changes: readonly FlowChange[]): void {
    this.#toSend.clear();
    this.#refused.clear();
    for (const change of changes) this.#toSend.set(keyOf(change), change);
  }

  #put(key: string, before: Flow | undefined, after: Flow | undefined): void {
    if (!isSame(before, after)) this.#toSend.set(key, { before, after });
  }
}

function isSame(a: Flow | undefined, b: Flow | undefined): boolean {
  return a && b ? sameContent(a, b) : a === b;
}

function keyOf({ before, after }: FlowChange): string {
  return (after ?? before)?.key ?? '';
}
