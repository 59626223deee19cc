import { setTimeout as sleep } from 'node:timers/promises';
import type { SwitchReconciler } from '../switch.ts';

/** What is audited: a switch, as far as the auditor knows it. */
export type Audited = Pick<SwitchReconciler, 'audit' | 'desired' | 'audits'>;

export interface AuditorOptions {
  /** Milliseconds between two audits of one switch, if the pace allows it; 0: none but after a suspicion. */
  readonly intervalMs: number;
  readonly switches: () => Iterable<Audited>;
  readonly pace?: AuditPace;
}

/** How much of the controller's and the switches' time audits may take. Times in milliseconds. */
export interface AuditPace {
  /** Rest after an audit for each flow that was read: at 0.05, no more than 20,000 flows are read a second. */
  readonly restPerFlow: number;
  /** Time after which a switch that does not answer keeps no other waiting. */
  readonly patience: number;
  /** How often it is looked for switches whose turn it is, when there was none. */
  readonly tick: number;
}

const PACE: AuditPace = { restPerFlow: 0.05, patience: 1_000, tick: 500 };

/** Audits all switches, over and over, one after the other: whoever was not audited for longest is next. */
export class Auditor {
  readonly #options: AuditorOptions;
  readonly #pace: AuditPace;
  /** When each was last audited, on performance.now(); the first time is set as if it had been, some time ago. */
  readonly #last = new WeakMap<Audited, number>();
  readonly #stopping = new AbortController();

  constructor(options: AuditorOptions) {
    this.#options = options;
    this.#pace = options.pace ?? PACE;
  }

  start(): void {
    if (this.#options.intervalMs > 0) void this.#run();
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const next = this.#next();
      if (next === undefined) {
        await this.#rest(this.#pace.tick);
        continue;
      }
      this.#last.set(next, performance.now());
      const audit = next.audit();
      await Promise.race([audit, this.#rest(this.#pace.patience)]);
      const flows = next.desired.compiled.size + next.audits.census.count;
      await this.#rest(flows * this.#pace.restPerFlow);
    }
  }

  /** The switch whose turn it is. */
  #next(): Audited | undefined {
    const now = performance.now();
    const { intervalMs, switches } = this.#options;
    let [found, longest]: [Audited | undefined, number] = [undefined, intervalMs];
    for (const each of switches()) {
      const last = this.#last.get(each) ?? now - Math.random() * intervalMs;
      this.#last.set(each, last);
      if (now - last >= longest) [found, longest] = [each, now - last];
    }
    return found;
  }

  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}
