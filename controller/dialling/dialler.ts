import type { Logger } from 'pino';
import { ThrottledLog } from '#controller/base/throttled-log';
import type { DoorIdentity, Guest } from '#controller/door/door';
import { call } from './call.ts';
import { Line } from './line.ts';
import type { DialTarget } from './target.ts';

/** Bounds on calls. */
export interface DialLimits {
  /** Calls at a time; others wait their turn. */
  readonly calls: number;
  /** Milliseconds that a call may take, TLS handshake included. */
  readonly callMs: number;
}

/** A thousand hypervisors that are gone keep the others waiting for some seconds at most. */
const DIAL_LIMITS: DialLimits = { calls: 512, callMs: 3_000 };

export interface DiallerOptions {
  readonly log: Logger;
  /** What we show to those who are called by TLS; absent, none is. */
  readonly identity?: DoorIdentity | undefined;
  readonly limits?: DialLimits;
}

/** Calls hypervisors, for those who want connections to them. */
export class Dialler {
  readonly #log: Logger;
  readonly #throttled: ThrottledLog;
  readonly #limits: DialLimits;
  readonly #lines = new Set<Line>();
  /** Calls that wait until there is room for them. */
  readonly #waiting: (() => void)[] = [];
  #identity: DoorIdentity | undefined;
  #calls = 0;

  constructor({ log, identity, limits = DIAL_LIMITS }: DiallerOptions) {
    this.#log = log;
    this.#throttled = new ThrottledLog(log.child({ what: 'dial' }));
    this.#identity = identity;
    this.#limits = limits;
  }

  /** Keeps a connection to a target, from now on until the line is stopped. */
  keep(target: DialTarget, welcome: (guest: Guest) => void): Line {
    const line = new Line({
      ...{ target, welcome },
      call: (to) => this.#call(to),
      told: (name, reason) => this.#tell(target.host, name, reason),
    });
    this.#lines.add(line);
    return line;
  }

  /** Ends a line. */
  drop(line: Line): void {
    line.stop();
    this.#lines.delete(line);
  }

  /** Another certificate, for calls from now on. */
  change(identity: DoorIdentity | undefined): void {
    this.#identity = identity;
    for (const line of this.#lines) line.hurry();
  }

  /** Calls nobody any more. Connections that there are stay with who has them. */
  close(): void {
    for (const line of this.#lines) line.stop();
    this.#lines.clear();
    this.#throttled.close();
  }

  async #call(target: DialTarget): Promise<Guest> {
    if (this.#calls >= this.#limits.calls) await new Promise<void>((begin) => this.#waiting.push(begin));
    else this.#calls += 1;
    try {
      return await call(target, this.#identity, this.#limits.callMs);
    } finally {
      // Whoever waits takes the place that is left.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#calls -= 1;
    }
  }

  #tell(host: string, target: string, reason: string | undefined): void {
    this.#throttled.note(host, () => {
      if (reason === undefined) this.#log.info({ target }, 'hypervisor answers');
      else this.#log.warn({ target, reason }, 'hypervisor cannot be reached');
    });
  }
}
