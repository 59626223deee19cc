import type { MaskedWords } from './bits.ts';
import { AT } from './layout.ts';
import type { Rule } from './rule.ts';

/** Rules of one match, the highest priority first. */
interface Slot {
  readonly values: readonly number[];
  readonly rules: Rule[];
}

/** Rules that compare the same bits (tuple space search: one hash look-up finds those that match). */
class Subtable {
  readonly #at: readonly number[];
  readonly #masks: readonly number[];
  readonly #slots = new Map<number, Slot[]>();
  /** No rule here has a higher one. */
  maxPriority = 0;

  constructor({ at, masks }: MaskedWords) {
    this.#at = at;
    this.#masks = masks;
  }

  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  find(key: Uint32Array): readonly Rule[] | undefined {
    let hash = 0;
    for (let index = 0; index < this.#at.length; index++) {
      hash = mix(hash, (key[this.#at[index] ?? 0] ?? 0) & (this.#masks[index] ?? 0));
    }
    const chain = this.#slots.get(hash);
    if (chain === undefined) return undefined;
    for (const slot of chain) if (this.#matches(slot.values, key)) return slot.rules;
    return undefined;
  }

  insert(rule: Rule): void {
    const { values } = rule.condition;
    const hash = values.reduce(mix, 0);
    const chain = this.#slots.get(hash) ?? [];
    const slot = chain.find((each) => sameValues(each.values, values)) ?? { values, rules: [] };
    if (slot.rules.length === 0) chain.push(slot);
    slot.rules.push(rule);
    slot.rules.sort((a, b) => b.priority - a.priority);
    this.#slots.set(hash, chain);
    this.maxPriority = Math.max(this.maxPriority, rule.priority);
  }

  remove(rule: Rule): void {
    const hash = rule.condition.values.reduce(mix, 0);
    const chain = this.#slots.get(hash) ?? [];
    const slot = chain.find((each) => each.rules.includes(rule));
    if (!slot) return;
    slot.rules.splice(slot.rules.indexOf(rule), 1);
    if (slot.rules.length === 0) chain.splice(chain.indexOf(slot), 1);
    if (chain.length === 0) this.#slots.delete(hash);
  }

  #matches(values: readonly number[], key: Uint32Array): boolean {
    for (let index = 0; index < values.length; index++) {
      const word = (key[this.#at[index] ?? 0] ?? 0) & (this.#masks[index] ?? 0);
      if (word >>> 0 !== values[index]) return false;
    }
    return true;
  }
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function sameValues(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, index) => value === b[index]);
}

/** The rules of one table by what they match (classifier_lookup, lib/classifier.c). */
export class Classifier {
  readonly #subtables = new Map<string, Subtable>();
  #ordered: readonly Subtable[] = [];

  insert(rule: Rule): void {
    const name = nameOf(rule.condition);
    const subtable = this.#subtables.get(name) ?? new Subtable(rule.condition);
    const before = subtable.maxPriority;
    subtable.insert(rule);
    if (this.#subtables.has(name) && subtable.maxPriority === before) return;
    this.#subtables.set(name, subtable);
    this.#order();
  }

  remove(rule: Rule): void {
    const name = nameOf(rule.condition);
    const subtable = this.#subtables.get(name);
    subtable?.remove(rule);
    if (!subtable?.isEmpty) return;
    this.#subtables.delete(name);
    this.#order();
  }

  /** The rule that a packet hits; of two with one priority, either. */
  find(key: Uint32Array): Rule | undefined {
    return this.#find(key, true);
  }

  #order(): void {
    this.#ordered = [...this.#subtables.values()].sort((a, b) => b.maxPriority - a.maxPriority);
  }

  #find(key: Uint32Array, conjunctions: boolean): Rule | undefined {
    let hard: Rule | undefined;
    const soft: (readonly Rule[])[] = [];
    for (const subtable of this.#ordered) {
      if (hard && hard.priority >= subtable.maxPriority) break;
      const rules = subtable.find(key);
      const rule = rules?.[0];
      if (!rules || !rule || (hard && rule.priority <= hard.priority)) continue;
      if (rule.clauses.length === 0) hard = rule;
      else if (conjunctions) soft.push(rules);
    }
    return soft.length === 0 ? hard : this.#settle(key, hard, soft);
  }

  /**
   * Decides between what matches for certain and clauses of conjunctive matches: those of one priority count when
   * they are complete and a rule matches their id. Else the next lower rules of the same matches have their turn.
   */
  #settle(key: Uint32Array, certain: Rule | undefined, clauses: (readonly Rule[])[]): Rule | undefined {
    let hard = certain;
    let soft = clauses;
    for (;;) {
      const floor = hard?.priority ?? -1;
      soft = soft.filter(([first]) => first !== undefined && first.priority > floor);
      const top = Math.max(-1, ...soft.map(([first]) => first?.priority ?? -1));
      if (top < 0) return hard;
      const candidates = soft.flatMap(([first]) => (first?.priority === top ? [first] : []));
      const rule = this.#conjunctive(key, candidates);
      if (rule) return rule;
      const next: (readonly Rule[])[] = [];
      for (const rules of soft) {
        const [first, second] = rules;
        if (first?.priority !== top) next.push(rules);
        else if (second && second.clauses.length > 0) next.push(rules.slice(1));
        else if (second && second.priority > (hard?.priority ?? -1)) hard = second;
      }
      soft = next;
    }
  }

  #conjunctive(key: Uint32Array, candidates: readonly Rule[]): Rule | undefined {
    const seen = new Map<number, Set<number>>();
    for (const { clauses } of candidates) {
      const complete = clauses.find(({ id, clause, clauses: count }) => {
        if (count > candidates.length) return false;
        const have = seen.get(id) ?? new Set();
        seen.set(id, have.add(clause));
        return have.size === count;
      });
      if (!complete) continue;
      const saved = key[AT.conjId] ?? 0;
      key[AT.conjId] = complete.id;
      const rule = this.#find(key, false);
      key[AT.conjId] = saved;
      if (rule) return rule;
    }
    return undefined;
  }
}

function nameOf({ at, masks }: MaskedWords): string {
  return `${at.join()}/${masks.join()}`;
}
