import { type Flow, hashOfKey, isPreparedKey, prepareKey } from './flow.ts';

/** Slots of an empty table: a power of 2. */
const FIRST_SLOTS = 16;
/** In place of a flow's place: nothing was ever there, or it is gone. */
const [FREE, GONE] = [0, -1];

/**
 * Flows by key, in order of insertion. Several times as fast as a Map, because it uses the hash that a flow has already, and finds
 * a flow by bytes without making a string of them. Open addressing: a slot holds a hash and the flow's place, counted from 1.
 */
export class FlowTable {
  #slots = new Int32Array(2 * FIRST_SLOTS);
  #flows: (Flow | undefined)[] = [];
  #size = 0;
  /** Slots that are not free. */
  #used = 0;

  get size(): number {
    return this.#size;
  }

  /** The flow with this key, as `flowKey` gives it. */
  get(key: string): Flow | undefined {
    return this.#at(this.#slotOf(hashOfKey(key), key));
  }

  /** The flow with the same key. */
  like(flow: Flow): Flow | undefined {
    return this.#at(this.#slotOf(flow.hash, flow.key));
  }

  /** The flow with the key of these; `match` is canonical. */
  find(tableId: number, priority: number, match: Uint8Array): Flow | undefined {
    const hash = prepareKey(tableId, priority, match);
    const slots = this.#slots;
    const mask = (slots.length >> 1) - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = slots[2 * slot + 1] ?? FREE;
      if (place === FREE) return undefined;
      if (place === GONE || slots[2 * slot] !== hash) continue;
      const flow = this.#flows[place - 1];
      if (flow !== undefined && isPreparedKey(flow.key)) return flow;
    }
  }

  /** Puts a flow in, unless there is one with its key: returns that, which stays. */
  offer(flow: Flow): Flow | undefined {
    if (4 * (this.#used + 1) > 3 * (this.#slots.length >> 1)) this.#rebuild();
    const slot = this.#slotOf(flow.hash, flow.key);
    const known = this.#at(slot);
    if (known !== undefined) return known;
    this.#slots[2 * slot] = flow.hash;
    this.#slots[2 * slot + 1] = this.#flows.push(flow);
    this.#used++;
    this.#size++;
    return undefined;
  }

  /** Puts a flow in, in place of one with its key. */
  put(flow: Flow): void {
    if (this.offer(flow) === undefined) return;
    const place = this.#slots[2 * this.#slotOf(flow.hash, flow.key) + 1] ?? FREE;
    this.#flows[place - 1] = flow;
  }

  /** Takes out the flow with the same key. */
  delete(flow: Flow): void {
    const slot = this.#slotOf(flow.hash, flow.key);
    if (this.#at(slot) === undefined) return;
    this.#flows[(this.#slots[2 * slot + 1] ?? FREE) - 1] = undefined;
    this.#slots[2 * slot + 1] = GONE;
    this.#size--;
  }

  /** What comes while one goes over them may be left out, or not. */
  *values(): IterableIterator<Flow> {
    for (const flow of this.#flows) if (flow !== undefined) yield flow;
  }

  #at(slot: number): Flow | undefined {
    const place = this.#slots[2 * slot + 1] ?? FREE;
    return place > 0 ? this.#flows[place - 1] : undefined;
  }

  /** The slot of the flow with this key, else a free one. */
  #slotOf(hash: number, key: string): number {
    const slots = this.#slots;
    const mask = (slots.length >> 1) - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = slots[2 * slot + 1] ?? FREE;
      if (place === FREE) return slot;
      if (place !== GONE && slots[2 * slot] === hash && this.#flows[place - 1]?.key === key) return slot;
    }
  }

  /** With room for twice as many, and none for those that are gone. */
  #rebuild(): void {
    const flows = this.#flows.filter((flow) => flow !== undefined);
    let count = FIRST_SLOTS;
    while (count < 2 * flows.length) count *= 2;
    const slots = new Int32Array(2 * count);
    const mask = count - 1;
    for (const [index, { hash }] of flows.entries()) {
      let slot = hash & mask;
      while (slots[2 * slot + 1] !== FREE) slot = (slot + 1) & mask;
      slots[2 * slot] = hash;
      slots[2 * slot + 1] = index + 1;
    }
    this.#flows = flows;
    this.#slots = slots;
    this.#used = flows.length;
  }
}
