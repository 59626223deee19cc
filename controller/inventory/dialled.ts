import type { Dialler } from '#controller/dialling/dialler';
import type { Line } from '#controller/dialling/line';
import { type DialTarget, targetText } from '#controller/dialling/target';
import type { Guest } from '#controller/door/door';

/** A hypervisor that has to be called and does not answer, for status displays. */
export interface Unreached {
  /** external_ids:system-id; '' when it has not been reached since this process started. */
  readonly id: string;
  /** Who does not answer: `tcp:HOST:PORT`. */
  readonly target: string;
  /** In one sentence, for people. */
  readonly problem: string;
}

/**
 * A hypervisor that we call: the line to its database, and the one to its switch, once the database has told where that
 * listens. The switch's outlives the database's connection, as the switch does.
 */
export class DialledHypervisor {
  readonly #dialler: Dialler;
  readonly #welcomeSwitch: (guest: Guest) => void;
  readonly #database: Line;
  #switch: Line | undefined;
  #systemId = '';

  constructor(
    dialler: Dialler,
    target: DialTarget,
    welcome: { readonly database: (guest: Guest) => void; readonly switch: (guest: Guest) => void },
  ) {
    this.#dialler = dialler;
    this.#welcomeSwitch = welcome.switch;
    this.#database = dialler.keep(target, welcome.database);
  }

  /** The hypervisor whose switch is called; '' before any. */
  get systemId(): string {
    return this.#systemId;
  }

  /** Calls the switch of this hypervisor there, and no other any more. */
  reach(systemId: string, target: DialTarget): void {
    this.#systemId = systemId;
    if (this.#switch?.target === targetText(target)) return;
    if (this.#switch) this.#dialler.drop(this.#switch);
    this.#switch = this.#dialler.keep(target, this.#welcomeSwitch);
  }

  /** The switch may listen by now. */
  hurry(): void {
    this.#switch?.hurry();
  }

  /** Its switch is not called any more. */
  leave(): void {
    if (this.#switch) this.#dialler.drop(this.#switch);
    this.#switch = undefined;
    this.#systemId = '';
  }

  /** What of it does not answer. */
  get unreached(): readonly Unreached[] {
    return [this.#database, this.#switch].flatMap((line): Unreached[] =>
      line?.failure === undefined
        ? []
        : [
            {
              id: this.#systemId,
              target: line.target,
              problem: `${line.target} cannot be reached: ${line.failure}`,
            },
          ],
    );
  }
}
