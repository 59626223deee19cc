import type { Logger } from 'pino';
import type { Arrival } from '#controller/model/intake';
import type { Model } from '#controller/model/model';
import type { StatusWork, StatusWriter } from '#controller/status/status-writer';
import type { RecoveryRecord } from '#controller/store/records';
import type { WritableView } from '#controller/store/store';
import { timestamp } from '#controller/store/timestamp';

/** What remembers no connections: a switch, or one port of it. */
interface Forgetful {
  readonly chassisId: string;
  /** Absent: the whole switch. */
  readonly portId: string | undefined;
  /** On the clock of `now`, in milliseconds. */
  readonly endsAt: number;
}

export interface RecoveryWindowsOptions {
  readonly model: Pick<Model, 'setRecovering' | 'facts'>;
  /** How long a window is open, in milliseconds; 0: none is ever opened. */
  readonly ms: number;
  /** A window has opened or closed: facts are due. */
  readonly onDue: () => void;
  /**
   * Stores that a window is open, so that the next start of the controller knows; nothing: that it is no more. Resolves when
   * that is stored, or cannot be now.
   */
  readonly keep: (id: string, record: RecoveryRecord | undefined) => Promise<void>;
  readonly log: Logger;
  /** Milliseconds on a clock that never jumps. */
  readonly now?: () => number;
}

/**
 * Windows of time in which running TCP sessions are taken up in the middle, because the memory of them is known to be lost:
 * after Open vSwitch lost its flows, and on ports that have come from another hypervisor. All windows are equally long, so they
 * end in the order in which they began, and one timer serves all.
 */
export class RecoveryWindows {
  readonly #options: RecoveryWindowsOptions;
  readonly #now: () => number;
  /** By switch, or switch and port; the one that ends first is first. */
  readonly #open = new Map<string, Forgetful>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RecoveryWindowsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Goes on with windows that were open when the controller ended, each until its time, before facts are asked for: so
   * nobody is told. However the system's clock was set meanwhile, none lasts longer than a new one.
   */
  resume(kept: readonly RecoveryRecord[]): void {
    const { ms, model, keep } = this.#options;
    const left = kept.map((record) => ({ record, ms: Math.min(Date.parse(record.endsAt) - Date.now(), ms) }));
    for (const each of left.sort((a, b) => a.ms - b.ms)) {
      const { id, chassisId, portId } = each.record;
      if (!(each.ms > 0)) {
        void keep(id, undefined);
        continue;
      }
      this.#open.set(id, { chassisId, portId: portId ?? undefined, endsAt: this.#now() + each.ms });
      model.setRecovering(chassisId, portId ?? undefined, true);
    }
    this.#schedule();
  }

  /**
   * A switch has none of our flows. Where no port is filtered it has lost nothing. Resolves when that is stored: once it has
   * flows again, nobody can see any more that it had none.
   */
  async switchForgot(chassisId: string): Promise<void> {
    const facts = [...this.#options.model.facts(chassisId)];
    if (facts.some(({ kind }) => kind === 'firewallPort')) await this.#begin(chassisId, undefined);
  }

  /** A port has come to a hypervisor from another one; until it is ACTIVE there, its record says from where. */
  portCame(portId: string, chassisId: string): void {
    void this.#begin(chassisId, portId);
  }

  /** As portCame, of those that came before this process was there, unless it has gone on with their windows. */
  portsHaveCome(arrivals: readonly Arrival[]): void {
    for (const { portId, chassisId } of arrivals)
      if (!this.#open.has(keyOf(chassisId, portId))) this.portCame(portId, chassisId);
  }

  /** A hypervisor is forgotten, and its windows are. */
  forget(chassisId: string): void {
    for (const [key, each] of this.#open) if (each.chassisId === chassisId) this.#end(key, each);
  }

  /** For how many seconds more a switch takes up sessions on all its ports; 0: not any more. */
  secondsOf(chassisId: string): number {
    const found = this.#open.get(keyOf(chassisId, undefined));
    return found ? Math.max(1, Math.ceil((found.endsAt - this.#now()) / 1000)) : 0;
  }

  /** How many single ports of a switch take up sessions. */
  portsOf(chassisId: string): number {
    let count = 0;
    for (const each of this.#open.values())
      if (each.chassisId === chassisId && each.portId !== undefined) count++;
    return count;
  }

  /** Opens and closes no more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#open.clear();
  }

  #begin(chassisId: string, portId: string | undefined): Promise<void> {
    const { ms, log, keep } = this.#options;
    if (ms === 0) return Promise.resolve();
    const key = keyOf(chassisId, portId);
    this.#open.delete(key);
    this.#open.set(key, { chassisId, portId, endsAt: this.#now() + ms });
    // Records have whole seconds: none ends earlier for that.
    const endsAt = timestamp(Date.now() + ms + 999);
    const kept = keep(key, { id: key, chassisId, portId: portId ?? null, endsAt });
    log.info({ chassis: chassisId, port: portId, seconds: ms / 1000 }, 'taking up running TCP sessions');
    this.#tell(chassisId, portId, true);
    this.#schedule();
    return kept;
  }

  #end(key: string, { chassisId, portId }: Forgetful): void {
    this.#open.delete(key);
    void this.#options.keep(key, undefined);
    this.#options.log.info({ chassis: chassisId, port: portId }, 'taking up no more running sessions');
    this.#tell(chassisId, portId, false);
  }

  #tell(chassisId: string, portId: string | undefined, isRecovering: boolean): void {
    this.#options.model.setRecovering(chassisId, portId, isRecovering);
    this.#options.onDue();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const [first] = this.#open.values();
    if (first === undefined) return;
    this.#timer = setTimeout(() => this.#sweep(), Math.max(1, first.endsAt - this.#now()));
    this.#timer.unref();
  }

  #sweep(): void {
    const now = this.#now();
    for (const [key, each] of this.#open) {
      if (each.endsAt > now) break;
      this.#end(key, each);
    }
    this.#schedule();
  }
}

/** Stores what `keep` is told in `store`, later if that cannot write now: a full disk must keep no switch from its flows. */
export function keeping(
  store: Pick<WritableView, 'transact'>,
  writer: Pick<StatusWriter, 'write'>,
): RecoveryWindowsOptions['keep'] {
  return async (id, record) => {
    const work: StatusWork = (tx) => {
      if (record) tx.put('recoveries', id, record);
      else tx.delete('recoveries', id);
      return undefined;
    };
    await store.transact((tx) => work(tx, '')).catch(() => writer.write(`recovery ${id}`, false, work));
  };
}

function keyOf(chassisId: string, portId: string | undefined): string {
  return portId === undefined ? chassisId : `${chassisId}/${portId}`;
}
