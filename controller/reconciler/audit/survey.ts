import type { FlowStatsView } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { COOKIE_SPACE_HI, COOKIE_SPACE_MASK_HI, type FlowSet, FlowTable, LEARNED_SPACE_HI } from '#pipeline';
import { MOST_LEARNED } from '../reading/learned.ts';
import { foundFlow, InstalledFlow } from '../reading/read-back.ts';
import { ALL_COOKIES, checkCount, walkFlows } from '../reading/walk-flows.ts';
import { type Learned, LearnedCounts } from './census.ts';
import { type DropReading, readDrop } from './drop-ledger.ts';
import type { ForeignPolicy } from './foreign-policy.ts';

/** All flows of a switch, as of one moment. */
export interface Survey {
  /** Ours: those that are as desired are the desired flows themselves. */
  readonly installed: FlowTable;
  /** What they have dropped. */
  readonly drops: DropReading;
  /** What it has learned by them, counted and not kept. */
  readonly learned: readonly Learned[];
  /** How many are neither. */
  readonly foreignCount: number;
  /** Of these, by key, those that are to go or are in the place of one of ours, as far as there is room for them. */
  readonly foreign: ReadonlyMap<string, InstalledFlow>;
}

/** Flows of others that one survey keeps, and bytes of them. The next audits have the rest. */
const MOST_FOREIGN = { flows: 10_000, bytes: 4 * 1024 ** 2 };

/** Asks a switch once for all that it has. Rejects as `walkFlows` does. */
export async function survey(
  connection: Connection,
  desired: FlowSet,
  policy: ForeignPolicy,
): Promise<Survey> {
  const installed = new FlowTable();
  const drops: DropReading = new Map();
  const learned = new LearnedCounts();
  const foreign = new Strangers(desired, policy);
  const take = (entry: FlowStatsView) => {
    const space = (entry.cookieHi & COOKIE_SPACE_MASK_HI) >>> 0;
    if (space === COOKIE_SPACE_HI) {
      const flow = foundFlow(desired, entry);
      installed.put(flow);
      readDrop(drops, flow, entry);
      checkCount(installed.size, () => desired.size);
    } else if (space === LEARNED_SPACE_HI) learned.add(entry);
    else foreign.add(entry);
  };
  await walkFlows(connection, () => desired.size + MOST_LEARNED, take, ALL_COOKIES);
  return { installed, drops, learned: learned.all, foreignCount: foreign.count, foreign: foreign.kept };
}

/** Flows that are not ours, as they are found: all are counted. */
class Strangers {
  readonly #desired: FlowSet;
  readonly #policy: ForeignPolicy;
  readonly #kept = new Map<string, InstalledFlow>();
  #bytes = 0;
  #count = 0;

  constructor(desired: FlowSet, policy: ForeignPolicy) {
    this.#desired = desired;
    this.#policy = policy;
  }

  get count(): number {
    return this.#count;
  }

  get kept(): ReadonlyMap<string, InstalledFlow> {
    return this.#kept;
  }

  add(entry: FlowStatsView): void {
    this.#count += 1;
    if (this.#kept.size >= MOST_FOREIGN.flows || this.#bytes >= MOST_FOREIGN.bytes) return;
    const { tableId, priority } = entry;
    const isMeant = this.#policy === 'remove' || this.#desired.find(tableId, priority, entry.match());
    if (!isMeant) return;
    const flow = new InstalledFlow(entry);
    this.#kept.set(flow.key, flow);
    this.#bytes += flow.key.length + flow.content.length;
  }
}
