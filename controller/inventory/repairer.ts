import { formatEndpoint, openVSwitch, type Session } from 'ovsdb-client-ts';
import type { Logger } from 'pino';
import type { ThrottledLog } from '#controller/throttled-log';
import type { Hypervisor } from './hypervisor.ts';
import { Patience } from './patience.ts';
import { plan } from './plan.ts';
import { quote } from './quote.ts';
import type { Repair, Wanted } from './repair.ts';
import type { View } from './view.ts';

export interface RepairerOptions {
  readonly session: Session;
  /** Where the bridge's controller listens, on the address on which the database reached us. */
  readonly openflowPort: number;
  readonly flowTables: Wanted['flowTables'];
  /** How the database reached us, and so shall the switch. */
  readonly transport: 'tcp' | 'ssl';
  readonly throttled: ThrottledLog;
  /** Asks for another round in so many milliseconds. */
  readonly wakeIn: (delay: number) => void;
}

/** Milliseconds after a failure until the next round: the store's, or a refused repair. */
export const RETRY_DELAY = 1_000;

/** Makes one hypervisor's database as the plan wants it, again and again but with patience. */
export class Repairer {
  readonly #options: RepairerOptions;
  readonly #patience = new Patience();
  #refusal: string | undefined;

  constructor(options: RepairerOptions) {
    this.#options = options;
  }

  /** What the database refused last, for people; undefined since all was right. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Does what is due, and asks for a round when the rest is. Rejects when the session does. */
  async repair(view: View, hypervisor: Hypervisor, log: Logger): Promise<void> {
    const { localAddress, localPort } = this.#options.session.endpoints;
    const now = performance.now();
    const due: Repair[] = [];
    let soonest = Number.POSITIVE_INFINITY;
    const repairs = plan(view, {
      ...hypervisor,
      controller: `${this.#options.transport}:${formatEndpoint(localAddress, this.#options.openflowPort)}`,
      managerAddress: localAddress,
      managerPort: localPort,
      flowTables: this.#options.flowTables,
    });
    for (const repair of repairs) {
      const wait = this.#patience.wait(repair.what, now);
      if (wait === 0) due.push(repair);
      else soonest = Math.min(soonest, wait);
    }
    if (repairs.length === 0) this.#refusal = undefined;
    if (Number.isFinite(soonest)) this.#options.wakeIn(soonest);
    if (due.length === 0) return;
    for (const { what } of due) {
      if (!this.#patience.tried(what, now)) continue;
      log.warn({ what }, 'someone keeps undoing this: repairing it less often from now on');
    }
    if ((await this.#transact(due, log)) || due.length === 1) return;
    // One of them is refused and takes the others with it: each by itself, then.
    for (const repair of due) await this.#transact([repair], log);
  }

  async #transact(repairs: readonly Repair[], log: Logger): Promise<boolean> {
    const { session, throttled, wakeIn } = this.#options;
    const operations = repairs.flatMap((repair) => repair.operations);
    const reply = await session.transact(openVSwitch, operations);
    if (reply.ok) {
      log.info({ repairs: repairs.map(({ what }) => what) }, 'hypervisor repaired');
      return true;
    }
    const what = repairs.map((repair) => repair.what).join(', ');
    const error = refusalText(reply.error);
    this.#refusal = `${what}: ${error}`;
    throttled.note(session.endpoints.peerAddress, () =>
      log.error({ what, error, operation: operations[reply.operation] }, 'repair refused'),
    );
    // A refusal changes nothing, so no update would wake us.
    wakeIn(RETRY_DELAY);
    return false;
  }
}

/** What a database says when it refuses, quoted: the words are the peer's. */
export function refusalText({
  error,
  details,
}: {
  readonly error: string;
  readonly details: string;
}): string {
  return quote(`${error}: ${details}`);
}
