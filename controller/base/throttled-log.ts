import type { Logger } from 'pino';

/** Lines that an address may cause at once, and then each second. */
const BURST = 50;
const PER_SECOND = 1;
/** Addresses that are told apart; those beyond share one account. */
const ADDRESSES = 1_024;
const REPORT_MS = 5_000;

interface Account {
  credit: number;
  last: number;
  suppressed: number;
}

/**
 * Log lines that anybody on the network can cause: an address that causes many gets few, and every few seconds one
 * that counts the others, so that nobody can fill a disk.
 */
export class ThrottledLog {
  readonly #log: Logger;
  readonly #accounts = new Map<string, Account>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Runs `write` unless `address` has caused too many lines lately. */
  note(address: string, write: () => void): void {
    const now = performance.now();
    const account = this.#accountOf(address, now);
    account.credit = Math.min(BURST, account.credit + ((now - account.last) / 1_000) * PER_SECOND);
    account.last = now;
    this.#timer ??= setInterval(() => this.#report(), REPORT_MS).unref();
    if (account.credit < 1) account.suppressed += 1;
    else {
      account.credit -= 1;
      write();
    }
  }

  /** Tells what was left out so far, and stops to do so by itself until there is more. */
  close(): void {
    this.#report();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #accountOf(address: string, now: number): Account {
    const key = this.#accounts.has(address) || this.#accounts.size < ADDRESSES ? address : 'others';
    const account = this.#accounts.get(key) ?? { credit: BURST, last: now, suppressed: 0 };
    this.#accounts.set(key, account);
    return account;
  }

  #report(): void {
    const now = performance.now();
    for (const [address, account] of this.#accounts) {
      const { suppressed } = account;
      account.suppressed = 0;
      if (suppressed > 0)
        this.#log.warn({ address, suppressed }, 'further lines about this address left out');
      else if (now - account.last > (BURST / PER_SECOND) * 1_000) this.#accounts.delete(address);
    }
    if (this.#accounts.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
