import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SCHEMA_VERSION } from '../migrate.ts';
import { sampleChassis, sampleNetwork, samplePort, sampleVif } from '../sample-records.ts';
import type { Store } from '../store.ts';
import { openStore } from './lmdb-store.ts';

const WRITER = fileURLToPath(new URL('crash-writer.ts', import.meta.url));

describe('the directory of an LMDB store', () => {
  let directory: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantflow-store-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await killNow(child);
    await rm(directory, { recursive: true });
  });

  /** Starts the writer and resolves at its nth line; `lines` goes on to collect what it acknowledges. */
  async function startWriter(
    prefix: string,
    until: number,
  ): Promise<{ child: ChildProcess; lines: string[] }> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=source', WRITER, directory, prefix],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.push(child);
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the writer ended early')));
      reader.on('line', (line) => {
        lines.push(line);
        if (lines.length === until) resolve();
      });
    });
    return { child, lines };
  }

  it('loses nothing acknowledged and halves nothing when its process is killed at any moment', async () => {
    const acknowledged: string[] = [];
    for (const [prefix, until] of [
      ['first', 7],
      ['second', 150],
      ['third', 1200],
    ] as const) {
      const { child, lines } = await startWriter(prefix, until);
      await killNow(child);
      acknowledged.push(...lines.filter((line) => line !== 'open'));
    }
    const store = await openStore(directory);
    try {
      for (const line of acknowledged) {
        const [name, key] = line.split(' ');
        for (const side of ['left', 'right'])
          expect(store.get('ports', `${name}-${side}`)?.key).toBe(Number(key));
      }
      expectPairs(store);
      const keys = store.list('ports').map((port) => port.key);
      expect(await store.transact((tx) => tx.allocate('port'))).toBeGreaterThan(Math.max(...keys));
      // The log ends with the same objects that the collections hold.
      const logged: string[] = [];
      store.watch(store.revision - 1, ({ changes }) => logged.push(...changes.map(({ id }) => id)));
      for (const id of logged) expect(store.get('ports', id)).toBeDefined();
      expect(logged).toHaveLength(2);
    } finally {
      await store.close();
    }
  }, 60_000);

  it('admits one process at a time, and the next one after kill -9', async () => {
    const { child } = await startWriter('other', 1);
    await expect(openStore(directory)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      at: { pid: child.pid },
    });
    await killNow(child);
    await (await openStore(directory)).close();
  }, 60_000);

  it('admits one opening at a time in one process', async () => {
    const store = await openStore(directory);
    await expect(openStore(directory)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await store.transact((tx) => tx.allocate('port'));
    await store.close();
    await (await openStore(directory)).close();
  });

  it('refuses what a newer version has written, and leaves it as it is', async () => {
    await (await openStore(directory)).close();
    const root = open({ path: directory, noSubdir: false, encoding: 'json', overlappingSync: false });
    await root.openDB({ name: 'meta' }).put('schema', SCHEMA_VERSION + 1);
    await root.close();
    const refusal = { code: 'STORE_TOO_NEW', at: { found: SCHEMA_VERSION + 1, supported: SCHEMA_VERSION } };
    for (let round = 0; round < 2; round++) await expect(openStore(directory)).rejects.toMatchObject(refusal);
  });

  it('brings what version 1 has written up to date, once', async () => {
    const first = await openStore(directory);
    await first.transact((tx) => tx.put('networks', 'n', sampleNetwork('n')));
    await first.close();
    const { adminStateUp, firewall, physicalNetworks, encapIps, ...chassis } = sampleChassis('hv1');
    const { tags, vlanTransparent, qinq, ...network } = sampleNetwork('n');
    const interfaces = { p1: { name: 'tap1', ofport: 7 }, p2: { name: 'tap2', ofport: 8 } };
    const root = open({ path: directory, noSubdir: false, encoding: 'json', overlappingSync: false });
    const objects = root.openDB<object, [string, string]>({ name: 'objects' });
    await objects.put(['networks', 'n'], network);
    await objects.put(['chassis', 'hv1'], { ...chassis, encapIp: encapIps[0], interfaces });
    const meta = root.openDB({ name: 'meta' });
    await meta.put('schema', 1);
    for (const key of ['check', 'digests', 'history']) await meta.remove(key);
    await root.close();

    for (let round = 0; round < 2; round++) {
      const store = await openStore(directory);
      expect(store.get('networks', 'n')).toEqual(sampleNetwork('n'));
      expect(store.list('chassis')).toEqual([sampleChassis('hv1')]);
      expect(store.find('vifs', 'chassis', 'hv1')).toEqual([
        sampleVif('hv1', 'p1', { name: 'tap1', ofport: 7, claim: 1 }),
        sampleVif('hv1', 'p2', { name: 'tap2', ofport: 8, claim: 2 }),
      ]);
      expect(store.revision).toBe(2);
      expect(() => store.watch(1, () => {})).toThrow(expect.objectContaining({ code: 'STORE_COMPACTED' }));
      expect(await store.transact((tx) => tx.allocate('claim'))).toBe(3 + round);
      await store.close();
    }
  });

  it('numbers the sets of groups that version 3 has written ports with', async () => {
    const first = await openStore(directory);
    await first.transact((tx) => {
      for (const port of [
        samplePort('a', { securityGroupIds: ['g1', 'g2'] }),
        samplePort('b', { securityGroupIds: ['g1'] }),
        samplePort('c', { securityGroupIds: ['g1', 'g2'] }),
        samplePort('d', {}),
        samplePort('e', { portSecurityEnabled: false }),
      ])
        tx.put('ports', port.id, port);
    });
    await first.close();
    const root = open({ path: directory, noSubdir: false, encoding: 'json', overlappingSync: false });
    const meta = root.openDB({ name: 'meta' });
    await meta.put('schema', 3);
    for (const key of ['check', 'digests']) await meta.remove(key);
    await root.close();
    for (let round = 0; round < 2; round++) {
      const store = await openStore(directory);
      expect(store.list('policies')).toEqual([
        { id: '1', key: 1, securityGroupIds: ['g1', 'g2'] },
        { id: '2', key: 2, securityGroupIds: ['g1'] },
        { id: '3', key: 3, securityGroupIds: [] },
      ]);
      expect(await store.transact((tx) => tx.allocate('policy'))).toBe(4 + round);
      await store.close();
    }
  });

  it('refuses a file that is not its own, and a path that is no directory', async () => {
    await writeFile(join(directory, 'data.mdb'), 'this is not a database'.repeat(1000));
    await expect(openStore(directory)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(openStore(join(directory, 'data.mdb'))).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      at: { reason: expect.stringMatching(/^EEXIST/) },
    });
    // Where the system refuses with ENOENT though the directory above is there.
    await expect(openStore('/proc/tenantflow')).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
  });
});

function expectPairs(store: Store): void {
  const left = store.list('ports').filter(({ id }) => id.endsWith('-left'));
  expect(left.length * 2).toBe(store.list('ports').length);
  for (const { id, key } of left) expect(store.get('ports', id.replace(/left$/, 'right'))?.key).toBe(key);
}

async function killNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
