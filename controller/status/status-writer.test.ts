import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import { sampleNetwork } from '#controller/store/sample-records';
import { StatusWriter } from './status-writer.ts';

it('writes what thousands of things have become in commits of some milliseconds each, and all of it', async () => {
  const store = openMemoryStore();
  const sizes: number[] = [];
  store.watch(0, ({ changes }) => sizes.push(changes.length));
  const writer = new StatusWriter(store, pino({ level: 'silent' }));
  for (let at = 0; at < 1_000; at++)
    writer.write(`network ${at}`, false, (tx) => {
      tx.put('networks', `net${at}`, sampleNetwork(`net${at}`));
      return undefined;
    });
  await vi.waitUntil(() => store.list('networks').length === 1_000, { timeout: 60_000 });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(250);
});
