import { decode } from 'openflow-codec';
import type { DenyLog as DenyLogFact, Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { OFPT, type RawMessage } from '#controller/channel/raw-message';
import type { Reconciler } from '#controller/reconciler/reconciler';
import type { SwitchReconciler } from '#controller/reconciler/switch';
import type { Pipeline } from '#pipeline';
import { Allowance } from './allowance.ts';
import { type Denial, denialOf } from './denied-packet.ts';

/** Somebody who wants to see what a switch denies. */
export interface Watcher {
  /** Key of the only port that it is about; absent: all of the switch. */
  readonly port?: number;
  /** Packets a second. */
  readonly rate: number;
  readonly hear: (denial: Denial) => void;
}

/** Watchers of one switch, its log besides: each may ask for another port. */
export const MOST_WATCHERS = 16;
/** What all of them may ask for together, packets a second. */
const MOST_RATE = 1_000;
/** A switch that sends more than its meter lets through may have lost that: it is looked at, so often at most. */
const LOOK_MS = 1_000;

interface Watched {
  readonly watchers: Set<Watcher>;
  readonly allowance: Allowance;
  /** What was told to the switch, and which one that was. */
  fact: DenyLogFact | undefined;
  of: SwitchReconciler | undefined;
  /** Packets that came and were not looked at. */
  unread: number;
  looked: number;
}

/** What a scrape asks for. */
export interface DenyLogCounts {
  /** Streams, and switches whose packets go to the log. */
  readonly watchers: { readonly streams: number; readonly logs: number };
  /** Packets since the start: that were shown to anybody, and that came beyond what switches were asked for. */
  readonly packets: { readonly shown: number; readonly unread: number };
}

export interface DenyLogOptions {
  readonly reconciler: Pick<Reconciler, 'switchOf' | 'factsChanged' | 'unshownOf'>;
  readonly pipeline: Pipeline<Facts>;
  /** Who wants to see it of each switch, always. */
  readonly log?: { readonly rate: number; readonly hear: (denial: Denial, chassisId: string) => void };
}

/**
 * Which packets security groups deny, while somebody wants to know: a fact on the switch, for as long as that lasts, has it show
 * some. It is no fact of the model, since it says nothing of what tenants want.
 */
export class DenyLog implements DenyLogCounts {
  readonly #options: DenyLogOptions;
  readonly #watched = new Map<string, Watched>();
  /** What ends the log of each switch. */
  readonly #logs = new Map<string, () => void>();
  readonly #packets = { shown: 0, unread: 0 };

  constructor(options: DenyLogOptions) {
    this.#options = options;
  }

  get watchers(): DenyLogCounts['watchers'] {
    const all = [...this.#watched.values()].reduce((sum, { watchers }) => sum + watchers.size, 0);
    return { streams: all - this.#logs.size, logs: this.#logs.size };
  }

  get packets(): DenyLogCounts['packets'] {
    return this.#packets;
  }

  /** Begins to tell a watcher; returns what ends it, or nothing when there are too many of that switch. */
  watch(chassisId: string, watcher: Watcher): (() => void) | undefined {
    const watched = this.#watchedOf(chassisId);
    if (watched.watchers.size >= MOST_WATCHERS) return undefined;
    watched.watchers.add(watcher);
    this.#tell(chassisId, watched);
    return () => {
      if (!watched.watchers.delete(watcher)) return;
      this.#tell(chassisId, watched);
      if (watched.watchers.size === 0) this.#watched.delete(chassisId);
    };
  }

  /** A switch has come, which is to show what is asked for, or has gone. */
  chassisChanged(chassisId: string): void {
    const { log, reconciler } = this.#options;
    if (!reconciler.switchOf(chassisId)) {
      this.#logs.get(chassisId)?.();
      this.#logs.delete(chassisId);
    } else if (log && !this.#logs.has(chassisId)) {
      const hear = (denial: Denial) => log.hear(denial, chassisId);
      const stop = this.watch(chassisId, { rate: log.rate, hear });
      if (stop) this.#logs.set(chassisId, stop);
    }
    const watched = this.#watched.get(chassisId);
    if (watched) this.#tell(chassisId, watched);
  }

  /** Why a switch shows nothing; nothing when it does. */
  problemOf(chassisId: string): 'refused' | 'gone' | undefined {
    const found = this.#options.reconciler.switchOf(chassisId);
    if (!found?.connection) return 'gone';
    return found.isFaulty('denyLog', 0) ? 'refused' : undefined;
  }

  /** True when a switch has all its flows, these among them. */
  isReady(chassisId: string): boolean {
    const found = this.#options.reconciler.switchOf(chassisId);
    return found?.state === 'steady' && found.pendingCount === 0;
  }

  /** Packets that a switch has denied and not shown, since its meter is there. */
  async missedOf(chassisId: string): Promise<number> {
    const unread = this.#watched.get(chassisId)?.unread ?? 0;
    return unread + ((await this.#options.reconciler.unshownOf(chassisId)) ?? 0);
  }

  /**
   * Takes a message that nobody asked for, if it is a packet. Whatever a switch sends, no more of them are decoded than it was
   * asked for. Throws CodecError for one that cannot be decoded.
   */
  take(connection: Connection, { type, bytes }: Pick<RawMessage, 'type' | 'bytes'>): boolean {
    if (type !== OFPT.packetIn) return false;
    const now = performance.now();
    for (const [chassisId, watched] of this.#watched) {
      if (this.#options.reconciler.switchOf(chassisId)?.connection !== connection) continue;
      if (watched.allowance.take(now)) this.#read(watched, bytes);
      else this.#tooMany(watched, now);
    }
    return true;
  }

  #read({ watchers }: Watched, bytes: Uint8Array): void {
    const message = decode(bytes);
    const denial = message.type === 'packetIn' ? denialOf(message, this.#options.pipeline) : undefined;
    if (!denial) return;
    this.#packets.shown += 1;
    for (const { port, hear } of watchers) if (port === undefined || port === denial.port) hear(denial);
  }

  #tooMany(watched: Watched, now: number): void {
    watched.unread += 1;
    this.#packets.unread += 1;
    if (now - watched.looked < LOOK_MS) return;
    watched.looked = now;
    void watched.of?.audit();
  }

  #watchedOf(chassisId: string): Watched {
    const known = this.#watched.get(chassisId);
    if (known) return known;
    const made: Watched = {
      ...{ watchers: new Set(), allowance: new Allowance(), unread: 0 },
      ...{ fact: undefined, of: undefined, looked: Number.NEGATIVE_INFINITY },
    };
    this.#watched.set(chassisId, made);
    return made;
  }

  #tell(chassisId: string, watched: Watched): void {
    const { reconciler } = this.#options;
    const of = reconciler.switchOf(chassisId);
    const before = watched.of === of ? watched.fact : undefined;
    const after = factFor(watched.watchers);
    watched.of = of;
    watched.fact = after;
    // Twice what the meter lets through: the two have not the same clock.
    if (after) watched.allowance.change({ rate: 2 * after.rate, burst: 2 * after.burst }, performance.now());
    if (!of || JSON.stringify(before) === JSON.stringify(after)) return;
    const delta = { gone: before ? [before] : [], come: after ? [after] : [] };
    reconciler.factsChanged(chassisId, delta);
  }
}

/** Shows each of them what it asks for, and maybe others that. */
function factFor(watchers: ReadonlySet<Watcher>): DenyLogFact | undefined {
  const all = [...watchers];
  if (all.length === 0) return undefined;
  const rate = Math.min(
    MOST_RATE,
    all.reduce((sum, each) => sum + each.rate, 0),
  );
  const ports = [...new Set(all.map(({ port }) => port))].sort((a, b) => (a ?? 0) - (b ?? 0));
  const own = ports.filter((port) => port !== undefined);
  return {
    ...{ kind: 'denyLog', key: 0, rate, burst: 2 * rate },
    ...(own.length === ports.length && { ports: own }),
  };
}
