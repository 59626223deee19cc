import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './errors.ts';

export interface Patience {
  /** What is waited for, as it reads after "waiting for". */
  readonly what: string;
  /** Milliseconds after which LAB_TIMEOUT is thrown. Default 60 000. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks. Default 50. */
  readonly everyMs?: number;
}

/**
 * Calls `condition` until it returns something else than false or undefined, and returns that.
 * An exception counts as "not yet"; the last one is told, and is the cause, when time is up.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 60_000, everyMs = 50 }: Patience,
): Promise<Exclude<T, false | undefined>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await condition();
      if (isThere(value)) return value;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end) {
      const last = cause instanceof Error ? `; last problem: ${cause.message}` : '';
      throw new LabError('LAB_TIMEOUT', `waiting for ${what} (${timeoutMs / 1000} s)${last}`, { cause });
    }
    await sleep(everyMs);
  }
}

function isThere<T>(value: T): value is Exclude<T, false | undefined> {
  return value !== false && value !== undefined;
}
