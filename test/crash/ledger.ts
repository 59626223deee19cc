import type { Fields, Key } from './cloud-state.ts';

/** What a request does when it is done. */
export interface Effect {
  readonly key: Key;
  /** Undefined: it is gone. */
  readonly fields: Fields | undefined;
}

/** A request whose answer never came: each of its parts has happened, or none has. */
export interface Doubt {
  readonly what: string;
  /** For each part of the request, whether it shows. */
  readonly signs: (state: ReadonlyMap<Key, Fields>) => readonly boolean[];
  /** The objects that it may have made, changed or deleted. */
  readonly keys: (state: ReadonlyMap<Key, Fields>) => readonly Key[];
}

/** What clients were told, and what they don't know. */
export class Ledger {
  readonly #known = new Map<Key, Fields>();
  #doubts: Doubt[] = [];
  acknowledged = 0;

  get known(): ReadonlyMap<Key, Fields> {
    return this.#known;
  }

  get doubts(): number {
    return this.#doubts.length;
  }

  acknowledge(effects: readonly Effect[]): void {
    this.acknowledged++;
    for (const { key, fields } of effects) this.#set(key, fields);
  }

  doubt(doubt: Doubt): void {
    this.#doubts.push(doubt);
  }

  /**
   * Holds a cloud to what is known: a line for each thing that is lost, changed, halved or came from nowhere. What was
   * in doubt is known afterwards.
   */
  settle(state: ReadonlyMap<Key, Fields>): readonly string[] {
    const problems: string[] = [];
    const doubtful = new Set<Key>();
    for (const { what, signs, keys } of this.#doubts.splice(0)) {
      const shown = signs(state);
      if (new Set(shown).size > 1) problems.push(`halved: ${what}: ${shown}`);
      for (const key of keys(state)) doubtful.add(key);
    }
    for (const key of doubtful) this.#set(key, state.get(key));
    for (const [key, fields] of this.#known) {
      const found = state.get(key);
      if (found === undefined) problems.push(`lost: ${key} ${JSON.stringify(fields)}`);
      else if (JSON.stringify(found) !== JSON.stringify(fields))
        problems.push(`changed: ${key} ${JSON.stringify(fields)} is ${JSON.stringify(found)}`);
    }
    for (const [key, fields] of state)
      if (!this.#known.has(key)) problems.push(`from nowhere: ${key} ${JSON.stringify(fields)}`);
    return problems;
  }

  #set(key: Key, fields: Fields | undefined): void {
    if (fields === undefined) this.#known.delete(key);
    else this.#known.set(key, fields);
  }
}
