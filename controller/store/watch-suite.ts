import { describe, expect, it } from 'vitest';
import { sampleNetwork as network } from './sample-records.ts';
import type { Commit } from './store.ts';
import { isFrozenThrough, placesFor, type StoreFixture } from './store-fixture.ts';

/** What every engine's log and watchers must do. */
export function watchTests(name: string, fixture: () => Promise<StoreFixture>): void {
  describe(`watching a store: ${name}`, () => {
    const { place, openIn, fresh } = placesFor(fixture);

    it('tells watchers before the writer, and not after they stop', async () => {
      const store = await fresh();
      const seen: string[] = [];
      const stop = store.watch(0, ({ revision }) => seen.push(`watcher ${revision} of ${store.revision}`));
      await store.transact((tx) => tx.put('networks', 'a', network('a'))).then(() => seen.push('writer'));
      stop();
      await store.transact((tx) => tx.put('networks', 'b', network('b')));
      expect(seen).toEqual(['watcher 1 of 1', 'writer']);
    });

    it('replays the log from any revision, then goes on', async () => {
      const at = await place();
      let store = await openIn(at);
      for (const id of ['a', 'b', 'c']) await store.transact((tx) => tx.put('networks', id, network(id)));
      if (at.durable) {
        await store.close();
        store = await openIn(at);
      }
      const seen: number[] = [];
      store.watch(1, ({ revision, changes }) => {
        seen.push(revision);
        expect(isFrozenThrough(changes)).toBe(true);
      });
      expect(seen).toEqual([2, 3]);
      await store.transact((tx) => tx.delete('networks', 'a'));
      expect(seen).toEqual([2, 3, 4]);
      expect(() => store.watch(5, () => {})).toThrow(expect.objectContaining({ code: 'STORE_AHEAD' }));
    });

    it('bounds the log by changes and refuses to replay what it forgot', async () => {
      const at = await place();
      let store = await openIn(at, { log: { changes: 3 } });
      for (const id of ['a', 'b', 'c', 'd', 'e'])
        await store.transact((tx) => tx.put('networks', id, network(id)));
      for (const round of ['here', 'reopened']) {
        if (round === 'reopened' && at.durable) {
          await store.close();
          store = await openIn(at, { log: { changes: 3 } });
        }
        expect(() => store.watch(1, () => {})).toThrow(expect.objectContaining({ code: 'STORE_COMPACTED' }));
        const seen: number[] = [];
        store.watch(2, ({ revision }) => seen.push(revision));
        expect(seen).toEqual([3, 4, 5]);
      }
      await store.transact((tx) => {
        for (let n = 0; n < 9; n++) tx.put('networks', `many ${n}`, network(`many ${n}`));
      });
      const seen: number[] = [];
      store.watch(5, ({ changes }) => seen.push(changes.length));
      expect(seen).toEqual([9]);
    });

    it('bounds the log by bytes', async () => {
      const at = await place();
      const options = { log: { bytes: 11_000 } };
      let store = await openIn(at, options);
      const write = (name: string) => store.transact((tx) => tx.put('networks', 'n', network('n', { name })));
      for (const letter of 'abcde') await write(letter.repeat(3_000));
      const replayed = () => {
        const seen: string[] = [];
        store.watch(2, ({ changes }) => seen.push(JSON.stringify(changes)));
        return seen;
      };
      for (const round of ['here', 'reopened']) {
        if (round === 'reopened' && at.durable) {
          await store.close();
          store = await openIn(at, options);
        }
        expect(() => store.watch(1, () => {})).toThrow(expect.objectContaining({ code: 'STORE_COMPACTED' }));
        expect(replayed()).toHaveLength(3);
        expect(replayed().join('').length).toBeLessThan(11_000);
      }
      // Characters that take three bytes each count as such.
      await write('字'.repeat(3_000));
      expect(() => store.watch(4, () => {})).toThrow(expect.objectContaining({ code: 'STORE_COMPACTED' }));
      await write('x'.repeat(20_000));
      const seen: number[] = [];
      store.watch(6, ({ revision }) => seen.push(revision));
      expect(seen).toEqual([7]);
    });

    it('replays what became of objects, not what they were', async () => {
      const at = await place();
      let store = await openIn(at);
      await store.transact((tx) => tx.put('networks', 'a', network('a')));
      await store.transact((tx) => tx.put('networks', 'a', network('a', { name: 'new' })));
      await store.transact((tx) => tx.delete('networks', 'a'));
      for (const round of ['here', 'reopened']) {
        if (round === 'reopened' && at.durable) {
          await store.close();
          store = await openIn(at);
        }
        const seen: Commit[] = [];
        store.watch(1, (commit) => seen.push(commit));
        expect(seen).toEqual([
          {
            revision: 2,
            changes: [{ collection: 'networks', id: 'a', after: network('a', { name: 'new' }) }],
          },
          { revision: 3, changes: [{ collection: 'networks', id: 'a' }] },
        ]);
      }
    });
  });
}
