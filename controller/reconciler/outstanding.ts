import { type Flow, type FlowChange, sameContent } from '#pipeline';
import type { Refusal } from './bundle.ts';

/**
 * All in which a switch differs from what it ought to have, by flow key: `before` is what the switch has, `after` what
 * is desired. What is merged here is sent once however often it changed, and a refusal is never forgotten or replayed
 * over something newer. Changes that were taken and not refused are on the switch.
 */
export class Outstanding {
  readonly #toSend = new Map<string, FlowChange>();
  readonly #refused = new Map<string, Refusal>();

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

  /** Sends again what was refused. */
  retry(): void {
    for (const [key, { change }] of this.#refused) this.#toSend.set(key, change);
    this.#refused.clear();
  }

  /** Starts anew from what was found on the switch. */
  reset(changes: readonly FlowChange[]): void {
    this.#toSend.clear();
    this.#refused.clear();
    for (const change of changes) this.#toSend.set(keyOf(change), change);
  }

  #put(key: string, before: Flow | undefined, after: Flow | undefined): void {
    const same = before && after ? sameContent(before, after) : before === after;
    if (!same) this.#toSend.set(key, { before, after });
  }
}

function keyOf({ before, after }: FlowChange): string {
  return (after ?? before)?.key ?? '';
}
