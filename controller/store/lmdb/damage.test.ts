import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreError } from '../errors.ts';
import { sampleNetwork, samplePort } from '../sample-records.ts';
import type { Store } from '../store.ts';
import { openStore } from './lmdb-store.ts';

/** Bit flips to try; a run with many finds what is rare. */
const FLIPS = Number(process.env.TENANTFLOW_DAMAGE_FLIPS ?? 400);
const SEED = Number(process.env.TENANTFLOW_DAMAGE_SEED ?? randomInt(2 ** 32));
const PAGE = 4096;

let directory: string;
let sound: Buffer;
let contents: unknown;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantflow-damage-'));
  const store = await openStore(directory, { log: { changes: 60 } });
  // Small values and large ones, deleted ones that leave free pages behind, and more than one level.
  for (let round = 0; round < 20; round++)
    await store.transact((tx) => {
      for (let n = 0; n < 10; n++) {
        const id = `p${(round * 7 + n) % 60}`;
        tx.put('ports', id, samplePort(id, { key: tx.allocate('port'), description: 'x'.repeat(20 * n) }));
      }
      tx.delete('ports', `p${(round * 3) % 60}`);
      tx.put('networks', `n${round % 4}`, sampleNetwork('n', { description: 'y'.repeat(4_000 + round) }));
    });
  contents = contentsOf(store);
  await store.close();
  sound = await readFile(join(directory, 'data.mdb'));
});
afterAll(() => rm(directory, { recursive: true }));

function contentsOf(store: Store): unknown {
  const log: unknown[] = [];
  store.watch(store.revision - 3, (commit) => log.push(commit));
  const { history, revision, counters, objects } = store.snapshot();
  return { history, revision, counters, objects: [...objects].sort(), log };
}

/** Opens a store with these bytes: the code of the refusal, or whether all is as it was. */
async function outcome(bytes: Buffer): Promise<string> {
  await writeFile(join(directory, 'data.mdb'), bytes);
  let store: Store;
  try {
    store = await openStore(directory);
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
  try {
    expect(contentsOf(store)).toEqual(contents);
    // Nothing of what is written next may meet with the damage either.
    await store.transact((tx) => {
      for (let n = 0; n < 30; n++)
        tx.put('ports', `new ${n}`, samplePort(`new ${n}`, { description: 'z'.repeat(3_000) }));
    });
    return 'same';
  } finally {
    await store.close();
  }
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(sound);
  change(bytes);
  return bytes;
}

const flipped = (at: number, bit: number) =>
  changed((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at));

// Each case opens a store and syncs a disk, which others may be using.
describe('a damaged data file', { timeout: 60_000 }, () => {
  it('is not mistaken for a sound one, nor a sound one for damaged', async () => {
    expect(sound.length).toBeGreaterThan(20 * PAGE);
    expect(await outcome(sound)).toBe('same');
  });

  it('is refused at any length that it was cut to, with the way out', async () => {
    for (let size = 1; size < sound.length; size += size < 2 * PAGE ? 500 : PAGE / 2) {
      // Pages at the end may be free: then nothing is missing.
      const found = await outcome(sound.subarray(0, size));
      expect(['STORE_DAMAGED', 'same'], `cut to ${size}`).toContain(found);
      if (size < sound.length / 2) expect(found, `cut to ${size}`).toBe('STORE_DAMAGED');
    }
    await writeFile(join(directory, 'data.mdb'), sound.subarray(0, 10 * PAGE));
    await expect(openStore(directory)).rejects.toThrow(
      /tenantflow restore FILE --force.*"page":\d+.*file ends before/,
    );
  });

  it('is refused with any page zeroed, or in the place of another, that is in use', async () => {
    const counts: Record<string, number> = {};
    for (let page = 0; page < sound.length / PAGE; page++) {
      const from = page * PAGE;
      const zeroed = await outcome(changed((bytes) => bytes.fill(0, from, from + PAGE)));
      const moved = await outcome(
        changed((bytes) =>
          bytes.copy(
            bytes,
            from,
            ((page + 7) * PAGE) % bytes.length,
            (((page + 7) * PAGE) % bytes.length) + PAGE,
          ),
        ),
      );
      for (const found of [zeroed, moved]) counts[found] = (counts[found] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual(['STORE_DAMAGED', 'same']);
    expect(counts.STORE_DAMAGED).toBeGreaterThan(20);
  });

  it('is refused when the number of a transaction reads as another, which would take back or repeat one', async () => {
    for (const head of [0, 1])
      for (let bit = 0; bit < 64; bit++) {
        const at = head * PAGE + 152 + (bit >> 3);
        expect(await outcome(flipped(at, bit % 8)), `head ${head}, bit ${bit}`).toBe('STORE_DAMAGED');
      }
  });

  it(`is refused with a bit flipped, or reads as it was (seed ${SEED})`, async () => {
    let state = SEED;
    const random = (count: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * count);
    };
    const counts: Record<string, number> = {};
    for (let flip = 0; flip < FLIPS; flip++) {
      // Every fourth in the heads of the file and of its pages, where most of what is believed is written.
      const at =
        flip % 4 > 0
          ? random(sound.length)
          : flip % 8 === 0
            ? random(2) * PAGE + random(170)
            : random(sound.length / PAGE) * PAGE + random(64);
      const bit = random(8);
      const found = await outcome(flipped(at, bit));
      expect(['STORE_DAMAGED', 'STORE_UNREADABLE', 'same'], `byte ${at}, bit ${bit}`).toContain(found);
      counts[found] = (counts[found] ?? 0) + 1;
    }
    expect(counts.STORE_DAMAGED).toBeGreaterThan(FLIPS / 10);
  });
});
