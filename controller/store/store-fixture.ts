import { afterEach } from 'vitest';
import type { StoreOptions } from './options.ts';
import type { Store } from './store.ts';

/** One place that stores are opened from: `open` again after `close` must bring the same contents. */
export interface StoreFixture {
  open(options?: StoreOptions): Promise<Store>;
  /** Removes what the fixture made. */
  dispose(): Promise<void>;
  /** Whether contents outlive `close`; false only for the store in memory. */
  readonly durable: boolean;
}

/** Places to open stores from, for the tests of one `describe`; whatever is opened is closed after each test. */
export function placesFor(fixture: () => Promise<StoreFixture>) {
  const fixtures: StoreFixture[] = [];
  const opened: Store[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    for (const each of fixtures.splice(0)) await each.dispose();
  });
  async function place(): Promise<StoreFixture> {
    const made = await fixture();
    fixtures.push(made);
    return made;
  }
  async function openIn(at: StoreFixture, options?: StoreOptions): Promise<Store> {
    const store = await at.open(options);
    opened.push(store);
    return store;
  }
  return { place, openIn, fresh: async (options?: StoreOptions) => openIn(await place(), options) };
}

/** Whether a value is frozen with all that is in it. */
export function isFrozenThrough(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenThrough);
}
