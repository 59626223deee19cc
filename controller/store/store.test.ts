import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from './lmdb-store.ts';
import { openMemoryStore } from './memory-store.ts';
import { storeTests } from './store-suite.ts';

storeTests('LMDB', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tenantflow-store-'));
  return {
    durable: true,
    open: (options) => openStore(directory, options),
    dispose: () => rm(directory, { recursive: true }),
  };
});

storeTests('memory', async () => ({
  durable: false,
  open: async (options) => openMemoryStore(options),
  dispose: async () => {},
}));
