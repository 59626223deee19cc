import { randomUUID } from 'node:crypto';
import { Engine } from './engine.ts';
import { logBounds, type StoreOptions } from './options.ts';
import type { Store } from './store.ts';

/** A store without a disk, for tests of what stands on a store: everything but durability. */
export function openMemoryStore(options: StoreOptions = {}): Store {
  const nowhere = { write: async () => {}, probe: async () => {}, close: async () => {} };
  const nothing = { history: randomUUID(), revision: 0, counters: new Map(), log: [], objects: [] };
  return new Engine(nowhere, nothing, logBounds(options));
}
