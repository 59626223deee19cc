import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupOf } from './backup.ts';
import { readBackup } from './backup-reader.ts';
import { openStore } from './lmdb/lmdb-store.ts';
import { restoreStore } from './lmdb/restore.ts';
import { openMemoryStore } from './memory-store.ts';
import { sampleNetwork, samplePort } from './sample-records.ts';
import type { Store } from './store.ts';

const NOW = Date.UTC(2026, 0, 1);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantflow-backup-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Some networks, and more ports than a batch of the reader holds. */
async function fill(store: Store, ports = 5_003): Promise<Store> {
  await store.transact((tx) => tx.put('networks', 'n', sampleNetwork('n', { name: 'red ü 字 \u{1f600}' })));
  await store.transact((tx) => {
    for (let n = 0; n < ports; n++)
      tx.put('ports', `p${n}`, samplePort(`p${n}`, { key: tx.allocate('port') }));
  });
  return store;
}

async function bytesOf(store: Store): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of backupOf(store.snapshot(), NOW)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes in pieces that cut lines and characters. */
async function* pieces(bytes: Buffer, size = 1_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = (bytes: Buffer) => readBackup(pieces(bytes), {});

describe.each([
  ['memory', async () => openMemoryStore()],
  ['LMDB', () => openStore(join(directory, 'source'))],
])('a backup of a store: %s', (_, open) => {
  it('is one revision, however long it takes, and comes back whole as another history', async () => {
    const store = await fill(await open());
    const before = [...store.snapshot().objects];
    const chunks: Buffer[] = [];
    for await (const chunk of backupOf(store.snapshot(), NOW)) {
      chunks.push(chunk);
      await store.transact((tx) => {
        tx.delete('ports', `p${chunks.length}`);
        tx.put('networks', `later ${chunks.length}`, sampleNetwork('n'));
      });
    }
    expect(chunks.length).toBeGreaterThan(2);
    const target = join(directory, 'target');
    const header = await restoreStore(target, pieces(Buffer.concat(chunks)));
    expect(header).toMatchObject({
      revision: 2,
      count: before.length,
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    const restored = await openStore(target);
    try {
      expect(new Map([...restored.snapshot().objects].map((object) => [object[1], object]))).toEqual(
        new Map(before.map((object) => [object[1], object])),
      );
      expect(restored.revision).toBe(2);
      expect(header.history).toBe(store.history);
      expect(restored.history).not.toBe(store.history);
      expect(() => restored.watch(1, () => {})).toThrow(expect.objectContaining({ code: 'STORE_COMPACTED' }));
      expect(await restored.transact((tx) => tx.allocate('port'))).toBe(5_004);
      expect(await readdir(target)).toEqual(['data.mdb', 'lock.mdb']);
    } finally {
      await restored.close();
      await store.close();
    }
  });
});

describe('reading a backup', () => {
  it('refuses every cut, and says that the end is missing', async () => {
    const bytes = await bytesOf(await fill(openMemoryStore(), 3));
    const first = bytes.indexOf('\n');
    for (let size = 0; size < bytes.length; size++)
      await expect(read(bytes.subarray(0, size)), `${size} bytes`).rejects.toMatchObject({
        code: size < first ? 'BACKUP_FOREIGN' : 'BACKUP_TRUNCATED',
      });
    await expect(read(bytes)).resolves.toMatchObject({ count: 4 });
  });

  it('refuses every flipped bit', async () => {
    const bytes = await bytesOf(await fill(openMemoryStore(), 3));
    for (let at = 0; at < bytes.length; at++) {
      const bad = Buffer.from(bytes);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      await expect(read(bad), `byte ${at}`).rejects.toMatchObject({ code: /^BACKUP_/ });
    }
  });

  it('names what is wrong', async () => {
    const bytes = await bytesOf(await fill(openMemoryStore(), 3));
    const text = bytes.toString();
    const changed = (from: string | RegExp, to: string) => read(Buffer.from(text.replace(from, to)));
    await expect(changed('"format":1', '"format":2')).rejects.toMatchObject({
      code: 'BACKUP_TOO_NEW',
      at: { what: 'format', found: 2, supported: 1 },
    });
    await expect(changed(/"schema":\d+/, '"schema":99')).rejects.toMatchObject({
      code: 'BACKUP_TOO_NEW',
      at: { what: 'schema', found: 99 },
    });
    await expect(changed('"p1"', '"p7"')).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      at: { sha256: expect.any(String), found: expect.any(String) },
    });
    await expect(changed('"p1"', 'p1')).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      at: { line: 4, reason: 'not JSON' },
    });
    await expect(read(Buffer.concat([bytes, bytes]))).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    await expect(read(Buffer.from('hello\n'))).rejects.toMatchObject({ code: 'BACKUP_FOREIGN' });
  });
});

describe('restoring', () => {
  it('brings the records of an older version up to date', async () => {
    const { tags: _, vlanTransparent: __, qinq: ___, ...old } = sampleNetwork('n');
    const [header = ''] = (await bytesOf(openMemoryStore())).toString().split('\n');
    const lines = [
      header.replace(/"schema":\d+/, '"schema":2').replace('"count":0', '"count":1'),
      JSON.stringify(['networks', 'n', old]),
      '',
    ].join('\n');
    const trailer = JSON.stringify({ sha256: createHash('sha256').update(lines).digest('hex') });
    await restoreStore(target(), pieces(Buffer.from(`${lines}${trailer}\n`)));
    const store = await openStore(target());
    expect(store.get('networks', 'n')).toEqual(sampleNetwork('n'));
    await store.close();
  });

  const target = () => join(directory, 'target');

  async function expectOld(): Promise<void> {
    const store = await openStore(target());
    expect(store.list('networks').map(({ id }) => id)).toEqual(['old']);
    await store.close();
  }

  async function makeOld(): Promise<Store> {
    const store = await openStore(target());
    await store.transact((tx) => tx.put('networks', 'old', sampleNetwork('old')));
    return store;
  }

  it('replaces a store only when it is forced to, and never one that is open', async () => {
    const bytes = await bytesOf(await fill(openMemoryStore(), 3));
    const old = await makeOld();
    await expect(restoreStore(target(), pieces(bytes), { isForced: true })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
    });
    await old.close();
    await expect(restoreStore(target(), pieces(bytes))).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
    await expectOld();
    await restoreStore(target(), pieces(bytes), { isForced: true });
    const store = await openStore(target());
    expect(store.list('networks').map(({ id }) => id)).toEqual(['n']);
    expect(store.history).not.toBe(old.history);
    await store.close();
  });

  it('leaves the old store when the backup turns out to be bad at its end', async () => {
    const bytes = await bytesOf(await fill(openMemoryStore()));
    await (await makeOld()).close();
    await expect(
      restoreStore(target(), pieces(bytes.subarray(0, -1)), { isForced: true }),
    ).rejects.toMatchObject({ code: 'BACKUP_TRUNCATED' });
    expect(await readdir(target())).toEqual(['data.mdb', 'lock.mdb']);
    await expectOld();
  });

  it('keeps others out while it works, and does not replace a store that came up meanwhile', async () => {
    const bytes = await bytesOf(await fill(openMemoryStore(), 3));
    async function* meddling() {
      yield bytes.subarray(0, 100);
      // As another process would: by another name of the directory, the check inside of this process aside.
      await (await openStore(join(target(), 'elsewhere'))).close();
      await rm(join(target(), 'data.mdb'), { force: true });
      await copyFile(join(target(), 'elsewhere', 'data.mdb'), join(target(), 'data.mdb'));
      yield bytes.subarray(100);
    }
    await expect(restoreStore(target(), meddling())).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
  });

  it('replaces a store that cannot be read any more', async () => {
    const bytes = await bytesOf(await fill(openMemoryStore(), 3));
    await (await makeOld()).close();
    await truncate(join(target(), 'data.mdb'), 10);
    await expect(openStore(target())).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await restoreStore(target(), pieces(bytes), { isForced: true });
    const store = await openStore(target());
    expect(store.revision).toBe(2);
    await store.close();
  });
});
