import {
  type Action,
  ALL_TABLES,
  canonicalMatch,
  FLOW_FLAG,
  type FlowMod,
  GROUP,
  LEARN_FLAG,
  PORT,
} from 'openflow-codec';
import { Classifier } from './classifier.ts';
import { SimulatorError } from './errors.ts';
import { conditionOf, keyOf, makeRule, type RuleSource } from './make-rule.ts';
import { overlap, subsumes } from './overlap.ts';
import type { Rule } from './rule.ts';
import type { Learned } from './switch-state.ts';

/** Tables of an Open vSwitch bridge that OpenFlow can reach. */
const TABLE_COUNT = 254;

/** The flows of a switch, and what flow-mods, learning and time make of them (ofproto/ofproto.c). */
export class FlowTable {
  /** By table; absent where no flow has been. */
  readonly classifiers: (Classifier | undefined)[] = [];
  readonly #rules = new Map<string, Rule>();
  /** How many flows learn with `delete_learned`, by cookie and table of what they learn. */
  readonly #learners = new Map<string, number>();
  /** While a packet is on its way, what it learns is not yet visible to its own look-ups. */
  #pending: (() => void)[] | undefined;

  values(): IterableIterator<Rule> {
    return this.#rules.values();
  }

  /** Applies a flow-mod. Throws SimulatorError. */
  apply(mod: FlowMod, now: number): void {
    switch (mod.command) {
      case 'add':
        this.#add(mod, now);
        return;
      case 'modify':
      case 'modifyStrict':
        this.#modify(mod, now);
        return;
      case 'delete':
      case 'deleteStrict':
        for (const rule of this.#selected(mod)) this.#remove(rule);
    }
  }

  /** Takes away flows whose time is over (rule_expire, ofproto/ofproto-dpif.c); returns them. */
  expire(now: number): Rule[] {
    const over = [...this.#rules.values()].filter(
      ({ hardTimeout, idleTimeout, modified, used }) =>
        (hardTimeout !== 0 && now > modified + hardTimeout * 1000) ||
        (idleTimeout !== 0 && now > used + idleTimeout * 1000),
    );
    for (const rule of over) this.#remove(rule);
    return over;
  }

  /** Runs `work` so that changes of flows within it are visible to look-ups only afterwards. */
  during<T>(work: () => T): T {
    const pending: (() => void)[] = [];
    this.#pending = pending;
    try {
      return work();
    } finally {
      this.#pending = undefined;
      for (const change of pending) change();
    }
  }

  /** Adds, changes or refreshes a learned flow; false when so many with its cookie are there already. */
  learn(flow: Learned, now: number): boolean {
    const old = this.#rules.get(keyOf(flow.tableId, flow.priority, canonicalMatch(flow.match)));
    if (old && isSame(old, flow)) {
      old.modified = now;
      return true;
    }
    if (flow.limit > 0) {
      const isCounted = (rule: Rule) => rule.tableId === flow.tableId && rule.cookie === flow.cookie;
      if ([...this.#rules.values()].filter(isCounted).length >= flow.limit) return false;
    }
    if (old) this.#replace(old, modified(old, flow, flow.cookie, now));
    else this.#insert(makeRule(flow, now));
    return true;
  }

  #add(mod: FlowMod, now: number): void {
    if (mod.tableId >= TABLE_COUNT) throw new SimulatorError('SIM_UNSUPPORTED', { table: mod.tableId });
    const rule = makeRule(mod, now);
    if (mod.flags & FLOW_FLAG.checkOverlap) this.#checkOverlap(rule);
    const old = this.#rules.get(rule.key);
    if (!old) {
      this.#insert(rule);
      return;
    }
    rule.used = old.used;
    keepCounts(mod, old, rule);
    this.#replace(old, rule);
  }

  #modify(mod: FlowMod, now: number): void {
    for (const rule of this.#selected(mod)) {
      const changed = modified(rule, mod, rule.cookie, now);
      keepCounts(mod, rule, changed);
      this.#replace(rule, changed);
    }
  }

  /** The flows that a modification or deletion is about (OF 1.3.5, 6.4). */
  #selected(mod: FlowMod): Rule[] {
    const match = canonicalMatch(mod.match);
    const isStrict = mod.command === 'modifyStrict' || mod.command === 'deleteStrict';
    const isDeletion = mod.command === 'delete' || mod.command === 'deleteStrict';
    const condition = conditionOf(match);
    return [...this.#rules.values()].filter((rule) => {
      if (mod.tableId !== ALL_TABLES && rule.tableId !== mod.tableId) return false;
      if ((rule.cookie ^ mod.cookie) & mod.cookieMask) return false;
      if (isDeletion && !leadsTo(rule.actions, mod.outPort, mod.outGroup)) return false;
      return isStrict
        ? rule.key === keyOf(rule.tableId, mod.priority, match)
        : subsumes(condition, rule.condition);
    });
  }

  #checkOverlap(rule: Rule): void {
    for (const other of this.#rules.values()) {
      const isRival = other.tableId === rule.tableId && other.priority === rule.priority;
      if (isRival && overlap(rule.condition, other.condition)) {
        throw new SimulatorError('SIM_OVERLAP', { table: rule.tableId, priority: rule.priority });
      }
    }
  }

  #insert(rule: Rule): void {
    this.#rules.set(rule.key, rule);
    this.#count(rule, 1);
    this.#change(() => this.#classifierOf(rule).insert(rule));
  }

  #replace(old: Rule, rule: Rule): void {
    this.#rules.set(rule.key, rule);
    this.#change(() => {
      this.#classifierOf(old).remove(old);
      this.#classifierOf(rule).insert(rule);
    });
    // In this order: what both learn stays.
    this.#count(rule, 1);
    this.#count(old, -1);
  }

  #remove(rule: Rule): void {
    if (this.#rules.get(rule.key) !== rule) return;
    this.#rules.delete(rule.key);
    this.#change(() => this.#classifierOf(rule).remove(rule));
    this.#count(rule, -1);
  }

  #change(change: () => void): void {
    if (this.#pending) this.#pending.push(change);
    else change();
  }

  #classifierOf({ tableId }: Rule): Classifier {
    const classifier = this.classifiers[tableId] ?? new Classifier();
    this.classifiers[tableId] = classifier;
    return classifier;
  }

  /** Keeps the number of those who learn with `delete_learned`; with the last one goes what was learned. */
  #count(rule: Rule, by: 1 | -1): void {
    for (const action of rule.actions) {
      if (action.action !== 'learn' || (action.flags & LEARN_FLAG.deleteLearned) === 0) continue;
      const name = `${action.table} ${action.cookie}`;
      const count = (this.#learners.get(name) ?? 0) + by;
      this.#learners.set(name, count);
      if (count > 0) continue;
      this.#learners.delete(name);
      for (const learned of [...this.#rules.values()]) {
        if (learned.tableId === action.table && learned.cookie === action.cookie) this.#remove(learned);
      }
    }
  }
}

/** The rule with other actions: a modification leaves times and flags as they are (OF 1.3.5, 6.4). */
function modified(old: Rule, by: Pick<RuleSource, 'instructions'>, cookie: bigint, now: number): Rule {
  const { idleTimeout, hardTimeout, flags, match, tableId, priority, created } = old;
  const kept = { idleTimeout, hardTimeout, flags, match, tableId, priority, cookie };
  const rule = makeRule({ ...kept, instructions: by.instructions }, now);
  const { used, packetCount, byteCount } = old;
  return { ...rule, created, used, packetCount, byteCount };
}

function keepCounts({ flags }: FlowMod, old: Rule, rule: Rule): void {
  const isReset = (flags & FLOW_FLAG.resetCounts) !== 0;
  rule.packetCount = isReset ? 0 : old.packetCount;
  rule.byteCount = isReset ? 0 : old.byteCount;
}

function isSame(rule: Rule, flow: Learned): boolean {
  return (
    rule.idleTimeout === flow.idleTimeout &&
    rule.hardTimeout === flow.hardTimeout &&
    rule.flags === flow.flags &&
    rule.cookie === flow.cookie &&
    textOf(rule.instructions) === textOf(flow.instructions)
  );
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));
}

function leadsTo(actions: readonly Action[], port: number, group: number): boolean {
  const isPort = port === PORT.any || actions.some((each) => 'port' in each && each.port === port);
  const isGroup =
    group === GROUP.any || actions.some((each) => each.action === 'group' && each.group === group);
  return isPort && isGroup;
}
