import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { beginGeneration, isPlausible, outrankedBy } from './generation.ts';
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
    await expect(outrankedBy(full, log, BigInt(NOW + 7), NOW)).resolves.toBeUndefined();
  });
});

describe('outrankedBy', () => {
  it('lets the next start be above the newer one, unless no controller can have begun that', async () => {
    const store = openMemoryStore();
    await beginGeneration(store, log, NOW);
    await outrankedBy(store, log, BigInt(NOW + 500), NOW);
    await outrankedBy(store, log, BigInt(NOW + 3), NOW);
    await outrankedBy(store, log, 0xffff_ffff_ffff_fff0n, NOW);
    await outrankedBy(store, log, BigInt(2 * NOW + 9_999_999_999_999), NOW);
    expect(await beginGeneration(store, log, NOW)).toBe(BigInt(NOW + 501));
  });

  it('leaves it to others to be above what a hypervisor has led us to', async () => {
    const [misled, other] = [openMemoryStore(), openMemoryStore()];
    const most = largestPlausible(NOW);
    await outrankedBy(misled, log, most, NOW);
    const led = await beginGeneration(misled, log, NOW + 1);
    expect(led).toBe(most + 1n);
    await outrankedBy(other, log, led, NOW + 2);
    expect(await beginGeneration(other, log, NOW + 3)).toBe(led + 1n);
  });
});

function largestPlausible(now: number): bigint {
  let most = 0n;
  for (let bit = 1n << 63n; bit > 0n; bit >>= 1n) if (isPlausible(most | bit, now)) most |= bit;
  return most;
}
