import { formatEndpoint, type Session } from 'ovsdb-client-ts';
import type { Logger } from 'pino';
import type { ThrottledLog } from '#controller/base/throttled-log';
import { type Fence, GENERATION_KEY, type Outcome } from './fence.ts';
import type { Hypervisor } from './hypervisor.ts';
import { Patience } from './patience.ts';
import { plan } from './plan/plan.ts';
import type { Repair, Wanted } from './plan/repair.ts';
import { quote } from './quote.ts';
import { externalIds, type View } from './view.ts';

export interface RepairerOptions {
  readonly session: Pick<Session, 'endpoints'>;
  readonly fence: Fence;
  /** Where the bridge's controller listens, on the address on which the database reached us. */
  readonly openflowPort: number;
  /** We have called the database, and call the bridge. */
  readonly isDialled: boolean;
  /** The bridge has been reached there. */
  readonly isReached: (host: string, port: number) => boolean;
  readonly flowTables: Wanted['flowTables'];
  /** How the database reached us, and so shall the switch. */
  readonly transport: 'tcp' | 'ssl';
  readonly throttled: ThrottledLog;
  /** Asks for another round in so many milliseconds. */
  readonly wakeIn: (delay: number) => void;
}

/** Milliseconds after a failure until the next round: the store's, or a refused repair. */
export const RETRY_DELAY = 1_000;

/** To have the database name us: what comes before all else, and has no operations of its own. */
const TAKEOVER: Repair = { what: `external_ids:${GENERATION_KEY}`, operations: [] };

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

  /**
   * Has the database name this controller as its master, does what is due, and asks for a round when the rest is. Does nothing when
   * somebody else has become its master meanwhile. Rejects when the session does.
   */
  async repair(view: View, hypervisor: Hypervisor, log: Logger): Promise<void> {
    const now = performance.now();
    const due: Repair[] = [];
    let soonest = Number.POSITIVE_INFINITY;
    const ids = externalIds(view);
    const isOurs = this.#options.fence.isOurs(ids);
    const wanted = plan(view, this.#wanted(hypervisor));
    const repairs = isOurs ? wanted : [TAKEOVER, ...wanted];
    for (const repair of repairs) {
      const wait = this.#patience.wait(repair.what, now);
      if (wait === 0) due.push(repair);
      else soonest = Math.min(soonest, wait);
      // Nothing is written where we are not named.
      if (wait > 0 && repair === TAKEOVER) break;
    }
    if (repairs.length === 0) this.#refusal = undefined;
    if (Number.isFinite(soonest)) this.#options.wakeIn(soonest);
    if (due.length === 0) return;
    for (const { what } of due) {
      if (!this.#patience.tried(what, now)) continue;
      log.warn({ what }, 'someone keeps undoing this: repairing it less often from now on');
    }
    if ((await this.#transact(due, ids, log)) !== 'refused' || due.length === 1) return;
    // One of them is refused and takes the others with it: each by itself, then.
    for (const repair of due) {
      const result = await this.#transact([repair], ids, log);
      if (result === 'outranked' || (result === 'refused' && repair === TAKEOVER)) return;
    }
  }

  #wanted(hypervisor: Hypervisor): Wanted {
    const { isDialled, isReached, transport, openflowPort, flowTables, session } = this.#options;
    const { peerAddress, localAddress, localPort } = session.endpoints;
    if (!isDialled)
      return {
        ...{ ...hypervisor, flowTables },
        controller: `${transport}:${formatEndpoint(localAddress, openflowPort)}`,
        manager: { address: localAddress, port: localPort },
      };
    const { openflowPort: port } = hypervisor;
    const host = peerAddress.includes(':') ? `[${peerAddress}]` : peerAddress;
    return {
      ...{ ...hypervisor, flowTables },
      // On the address on which its database was reached, and no other.
      controller: `p${transport}:${port}:${host}`,
      isReached: isReached(peerAddress, port),
    };
  }

  async #transact(
    repairs: readonly Repair[],
    ids: ReadonlyMap<string, string>,
    log: Logger,
  ): Promise<Outcome['result']> {
    const { fence, session, throttled, wakeIn } = this.#options;
    const operations = repairs.flatMap((repair) => repair.operations);
    const outcome = repairs.includes(TAKEOVER)
      ? await fence.takeOver(ids, operations)
      : await fence.write(operations);
    const whats = repairs.map(({ what }) => what);
    if (outcome.result === 'written') {
      log.info({ repairs: whats }, 'hypervisor repaired');
      return outcome.result;
    }
    // Neither changes anything, so no update would wake us.
    wakeIn(RETRY_DELAY);
    if (outcome.result === 'outranked') {
      throttled.note(session.endpoints.peerAddress, () =>
        log.warn({ repairs: whats }, 'nothing repaired: the database has another master by now'),
      );
      return outcome.result;
    }
    const what = whats.join(', ');
    const error = refusalText(outcome.error);
    this.#refusal = `${what}: ${error}`;
    throttled.note(session.endpoints.peerAddress, () =>
      log.error({ what, error, operation: outcome.operation }, 'repair refused'),
    );
    return outcome.result;
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
