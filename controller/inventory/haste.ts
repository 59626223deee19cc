import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from 'ovsdb-client-ts';
import type { Fence } from './fence.ts';
import { db } from './view.ts';

/** Milliseconds from one time to the next that a switch is woken: then it is there, or it will not be for other reasons. */
const STEPS_MS = [20, 60, 150, 300];
/** Milliseconds that pass at least between two series, however often somebody connects. */
const REST_MS = 1_000;

/**
 * Makes a switch look after its OpenFlow connection now. While that is down, ovs-vswitchd (3.1) wakes up neither at the end of its
 * back-off nor for our HELLO: it notices when something else wakes it, which takes up to half a second in an idle switch. A
 * change of its database wakes it; `next_cfg` is what ovs-vsctl increments to be noticed (ovs-vswitchd.conf.db(5)).
 */
export class Haste {
  readonly #session: Pick<Session, 'closedBecause'>;
  readonly #fence: Fence;
  readonly #isNeeded: () => boolean;
  #restedAt = 0;

  /** `isNeeded` says whether the switch is still to come. */
  constructor(session: Pick<Session, 'closedBecause'>, fence: Fence, isNeeded: () => boolean) {
    this.#session = session;
    this.#fence = fence;
    this.#isNeeded = isNeeded;
  }

  /** Wakes it now, and a few times more until it is there. Never rejects. */
  async make(): Promise<void> {
    if (performance.now() < this.#restedAt) return;
    this.#restedAt = performance.now() + REST_MS;
    for (const step of STEPS_MS) {
      if (this.#session.closedBecause !== undefined || !this.#isNeeded()) return;
      // Refused or without an answer: then it comes when it comes.
      await this.#fence
        .write([db.mutate('Open_vSwitch', [], [['next_cfg', '+=', 1]])])
        .catch(() => undefined);
      await sleep(step, undefined, { ref: false });
    }
  }
}
