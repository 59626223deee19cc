import type { Logger } from 'pino';
import { StoreError } from './store/errors.ts';
import type { Store } from './store/store.ts';

/** Milliseconds, a hundred years: that far may the clock have been wrong of whoever began a generation. */
const LEAD = 100 * 365 * 24 * 60 * 60 * 1_000;

/**
 * Whether a controller can have begun this generation by `now`, in milliseconds since the epoch. No hypervisor can make us
 * count beyond that; since the limit moves with the clock, a hypervisor with the highest one shuts out nobody for long.
 */
export function isPlausible(generation: bigint, now: number): boolean {
  return generation <= now + LEAD;
}

/**
 * The generation in which this process is the switches' master: higher than any before of this store, and no lower than
 * `now`, in milliseconds since the epoch, so that a new or restored store, too, begins above what switches remember.
 */
export async function beginGeneration(store: Store, log: Logger, now: number): Promise<bigint> {
  try {
    return BigInt(await store.transact((tx) => tx.allocate('generation', now)));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // A full disk must not keep us from the switches; the next start counts by the clock.
    log.warn({ code: error.code }, 'the generation of this start is not kept');
    return BigInt(Math.max(now, (store.snapshot().counters.generation ?? 0) + 1));
  }
}

/** A hypervisor has a master of a newer generation: the next start of this controller is to be above it. */
export async function outrankedBy(store: Store, log: Logger, newer: bigint, now: number): Promise<void> {
  const seen = Number(newer);
  if (!isPlausible(newer, now) || seen <= (store.snapshot().counters.generation ?? 0)) return;
  try {
    await store.transact((tx) => tx.allocate('generation', seen));
  } catch (error) {
    log.warn({ err: error, newer: seen }, 'the newer generation is not kept');
  }
}
