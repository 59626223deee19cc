import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { beginGeneration, outrankedBy } from './generation.ts';
import { Engine } from './store/engine.ts';
import { StoreError } from './store/errors.ts';
import { openMemoryStore } from './store/memory-store.ts';
import { logBounds } from './store/options.ts';

const log = pino({ level: 'silent' });
const NOW = 1_800_000_000_000;

describe('beginGeneration', () => {
  it('counts up with each start, also when the clock goes back', async () => {
    const store = openMemoryStore();
    expect(await beginGeneration(store, log, NOW)).toBe(BigInt(NOW));
    expect(await beginGeneration(store, log, NOW - 86_400_000)).toBe(BigInt(NOW + 1));
    expect(await beginGeneration(store, log, NOW + 60_000)).toBe(BigInt(NOW + 60_000));
  });

  it('begins above what switches remember of another store: by the clock', async () => {
    const first = await beginGeneration(openMemoryStore(), log, NOW);
    expect(await beginGeneration(openMemoryStore(), log, NOW + 1)).toBeGreaterThan(first);
  });

  it('does without a disk that takes no writes', async () => {
    const write = () => Promise.reject(new StoreError('STORE_WRITE_FAILED'));
    const counters = new Map([['generation', NOW] as const]);
    const contents = { history: 'h', revision: 0, counters, log: [], objects: [] };
    const full = new Engine({ write, probe: write, close: async () => {} }, contents, logBounds({}));
    expect(await beginGeneration(full, log, 5)).toBe(BigInt(NOW + 1));
    await expect(outrankedBy(full, log, BigInt(NOW + 7))).resolves.toBeUndefined();
  });
});

describe('outrankedBy', () => {
  it('lets the next start be above the newer one, unless that is no generation of ours', async () => {
    const store = openMemoryStore();
    await beginGeneration(store, log, NOW);
    await outrankedBy(store, log, BigInt(NOW + 500));
    await outrankedBy(store, log, BigInt(NOW + 3));
    await outrankedBy(store, log, 0xffff_ffff_ffff_fff0n);
    expect(await beginGeneration(store, log, NOW)).toBe(BigInt(NOW + 501));
  });
});
