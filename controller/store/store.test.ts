import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from './lmdb/lmdb-store.ts';
import { openMemoryStore } from './memory-store.ts';
import type { StoreFixture } from './store-fixture.ts';
import { storeTests } from './store-suite.ts';
import { watchTests } from './watch-suite.ts';

async function inDirectory(): Promise<StoreFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantflow-store-'));
  return {
    durable: true,
    open: (options) => openStore(directory, options),
    dispose: () => rm(directory, { recursive: true }),
  };
}

async function inMemory(): Promise<StoreFixture> {
  return {
    durable: false,
    open: async (options) => openMemoryStore(options),
    dispose: async () => {},
  };
}

for (const tests of [storeTests, watchTests]) {
  tests('LMDB', inDirectory);
  tests('memory', inMemory);
}
