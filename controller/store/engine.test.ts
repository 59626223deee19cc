import { describe, expect, it } from 'vitest';
import { type Batch, Engine } from './engine.ts';
import { StoreError } from './errors.ts';
import { logBounds } from './options.ts';
import { sampleNetwork } from './sample-records.ts';

const nothing = { history: 'h', revision: 0, counters: new Map(), log: [], objects: [] };

/** A disk whose writes wait until the test settles them. */
function slowDisk() {
  const writes: { readonly batch: Batch; readonly settle: (error?: Error) => void }[] = [];
  const write = (batch: Batch) =>
    new Promise<void>((resolve, reject) => {
      writes.push({ batch, settle: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  const disk = {
    ...{ writes, write, isFull: false, close: async () => {} },
    probe: () => (disk.isFull ? Promise.reject(new Error('full')) : Promise.resolve()),
  };
  return disk;
}

/** Lets everything run that waits for nothing but its turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('engine', () => {
  it('shows a write to readers and watchers only when it is on the disk', async () => {
    const disk = slowDisk();
    const engine = new Engine(disk, nothing, logBounds({}));
    const seen: number[] = [];
    engine.watch(0, ({ revision }) => seen.push(revision));
    const done = engine.transact((tx) => tx.put('networks', 'a', sampleNetwork('a')));
    await turn();
    expect([engine.revision, engine.list('networks'), seen]).toEqual([0, [], []]);
    disk.writes[0]?.settle();
    await done;
    expect([engine.revision, engine.list('networks').length, seen]).toEqual([1, 1, [1]]);
  });

  it('gathers transactions while the disk is busy and writes them at once', async () => {
    const disk = slowDisk();
    const engine = new Engine(disk, nothing, logBounds({}));
    const put = (id: string) => engine.transact((tx) => tx.put('networks', id, sampleNetwork(id)));
    const first = put('a');
    await turn();
    const others = ['b', 'c', 'd'].map(put);
    disk.writes[0]?.settle();
    await first;
    await turn();
    expect(disk.writes.map(({ batch }) => batch.commits.map(({ revision }) => revision))).toEqual([
      [1],
      [2, 3, 4],
    ]);
    disk.writes[1]?.settle();
    await Promise.all(others);
  });

  it('forgets a batch that the disk refused, refusals in it included, and goes on', async () => {
    const disk = slowDisk();
    const engine = new Engine(disk, nothing, logBounds({}));
    const refused = new StoreError('STORE_WRITE_FAILED');
    const results = Promise.allSettled([
      engine.transact((tx) => tx.put('networks', 'a', sampleNetwork('a'))),
      engine.transact((tx) => {
        if (tx.get('networks', 'a') !== undefined) throw new Error('taken');
      }),
    ]);
    await turn();
    disk.writes[0]?.settle(refused);
    expect(await results).toEqual([
      { status: 'rejected', reason: refused },
      { status: 'rejected', reason: refused },
    ]);
    expect([engine.revision, engine.list('networks')]).toEqual([0, []]);
    disk.isFull = true;
    expect(await engine.isWritable()).toBe(false);
    disk.isFull = false;
    expect(await engine.isWritable()).toBe(true);
    const again = engine.transact((tx) => tx.allocate('network'));
    await turn();
    disk.writes[1]?.settle();
    expect(await again).toBe(1);
  });
});
