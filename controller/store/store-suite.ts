import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PortRecord, vifId } from './records.ts';
import { sampleNetwork as network, samplePort as port, sampleVif as vif } from './sample-records.ts';
import type { Commit, Store, Transaction } from './store.ts';
import { isFrozenThrough, placesFor, type StoreFixture } from './store-fixture.ts';

/** What every engine of the store must do. */
export function storeTests(name: string, fixture: () => Promise<StoreFixture>): void {
  describe(`store: ${name}`, () => {
    const { place, openIn, fresh } = placesFor(fixture);

    it('is empty at first', async () => {
      const store = await fresh();
      expect(store.revision).toBe(0);
      expect(store.list('networks')).toEqual([]);
      expect(store.get('networks', 'a')).toBeUndefined();
    });

    it('reads its own writes inside a transaction, and commits them together', async () => {
      const store = await fresh();
      const inside = await store.transact((tx) => {
        tx.put('networks', 'b', network('b'));
        tx.put('networks', 'a', network('a'));
        tx.put('ports', 'p', port('p', { networkId: 'b' }));
        return { listed: tx.list('networks').map(({ id }) => id), port: tx.get('ports', 'p')?.networkId };
      });
      expect(inside).toEqual({ listed: ['a', 'b'], port: 'b' });
      expect(store.revision).toBe(1);
      expect(store.list('networks').map(({ id }) => id)).toEqual(['a', 'b']);
    });

    it('writes nothing when work throws, and passes the error on unchanged', async () => {
      const store = await fresh();
      const mistake = new Error('refused');
      const failing = store.transact((tx) => {
        tx.put('networks', 'a', network('a'));
        tx.allocate('network');
        throw mistake;
      });
      await expect(failing).rejects.toBe(mistake);
      expect(store.revision).toBe(0);
      expect(store.list('networks')).toEqual([]);
      expect(await store.transact((tx) => tx.allocate('network'))).toBe(1);
    });

    it('keeps values apart from the objects they were made from, and frozen', async () => {
      const store = await fresh();
      const profile: Record<string, unknown> = { deep: { list: [1] } };
      await store.transact((tx) => tx.put('ports', 'p', port('p', { bindingProfile: profile })));
      profile.deep = 'changed';
      const read = store.get('ports', 'p');
      expect(read?.bindingProfile).toEqual({ deep: { list: [1] } });
      expect(isFrozenThrough(read)).toBe(true);
    });

    it('makes no revision for a transaction that changes nothing', async () => {
      const store = await fresh();
      await store.transact((tx) => tx.put('networks', 'a', network('a')));
      await store.transact((tx) => tx.put('networks', 'a', network('a')));
      await store.transact((tx) => tx.delete('networks', 'none'));
      await store.transact((tx) => {
        tx.put('networks', 'b', network('b'));
        tx.delete('networks', 'b');
      });
      await store.transact((tx) => tx.allocate('port'));
      expect(store.revision).toBe(1);
      expect(await store.transact((tx) => tx.allocate('port'))).toBe(2);
      expect(await store.transact((tx) => tx.allocate('port', 2))).toBe(3);
      expect(await store.transact((tx) => tx.allocate('port', 1.8e12))).toBe(1.8e12);
      expect(await store.transact((tx) => tx.allocate('port'))).toBe(1.8e12 + 1);
    });

    it('reports one change per object, with before and after', async () => {
      const store = await fresh();
      const commits: Commit[] = [];
      store.watch(0, (commit) => commits.push(commit));
      await store.transact((tx) => tx.put('networks', 'a', network('a')));
      await store.transact((tx) => {
        tx.put('networks', 'b', network('b', { name: 'first' }));
        tx.delete('networks', 'a');
        tx.put('networks', 'b', network('b', { name: 'second' }));
      });
      expect(commits).toEqual([
        { revision: 1, changes: [{ collection: 'networks', id: 'a', after: network('a') }] },
        {
          revision: 2,
          changes: [
            { collection: 'networks', id: 'b', after: network('b', { name: 'second' }) },
            { collection: 'networks', id: 'a', before: network('a') },
          ],
        },
      ]);
    });

    it('takes a snapshot that stays as it is, of one history', async () => {
      const at = await place();
      let store = await openIn(at);
      const { history } = store;
      await store.transact((tx) => {
        for (const id of ['b', 'a']) tx.put('networks', id, network(id));
        tx.put('ports', 'p', port('p', { key: tx.allocate('port') }));
      });
      const snapshot = store.snapshot();
      await store.transact((tx) => {
        tx.delete('networks', 'a');
        tx.put('networks', 'b', network('b', { name: 'new' }));
        tx.allocate('port');
      });
      expect(snapshot).toMatchObject({ history, revision: 1, count: 3, counters: { port: 1 } });
      expect([...snapshot.objects].sort()).toEqual([
        ['networks', 'a', network('a')],
        ['networks', 'b', network('b')],
        ['ports', 'p', port('p', { key: 1 })],
      ]);
      expect(store.snapshot()).toMatchObject({ history, revision: 2, count: 2, counters: { port: 2 } });
      if (!at.durable) return;
      await store.close();
      store = await openIn(at);
      expect(store.snapshot()).toMatchObject({ history, revision: 2, count: 2, counters: { port: 2 } });
      expect((await fresh()).history).not.toBe(history);
    });

    it('runs concurrent transactions one after the other', async () => {
      const store = await fresh();
      const add = () =>
        store.transact((tx) => {
          const count = tx.get('networks', 'n')?.mtu ?? 0;
          tx.put('networks', 'n', network('n', { mtu: count + 1 }));
        });
      await Promise.all(Array.from({ length: 500 }, add));
      expect(store.get('networks', 'n')?.mtu).toBe(500);
      expect(store.revision).toBe(500);
    });

    it('lets exactly one of many win what only one may have', async () => {
      const store = await fresh();
      const claim = (id: string) => (tx: Transaction) => {
        if (tx.find('ports', 'mac', 'n/02:00:00:00:00:01').length > 0) throw new Error('taken');
        tx.put('ports', id, port(id, { macAddress: '02:00:00:00:00:01' }));
      };
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, n) => store.transact(claim(`${n}`))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(store.list('ports')).toHaveLength(1);
    });

    it('refuses ids that no engine could keep', async () => {
      const store = await fresh();
      for (const id of ['', 'x'.repeat(501)])
        await expect(store.transact((tx) => tx.put('networks', id, network('a')))).rejects.toMatchObject({
          code: 'STORE_BAD_KEY',
        });
    });

    it('finds a VIF by its chassis and by its port', async () => {
      const store = await fresh();
      const all = [vif('hv1', 'p1'), vif('hv1', 'p2'), vif('hv2', 'p1', { claim: 2 })];
      await store.transact((tx) => {
        for (const each of all) tx.put('vifs', each.id, each);
      });
      expect(store.count('vifs', 'chassis', 'hv1')).toBe(2);
      expect(store.find('vifs', 'chassis', 'hv1')).toEqual([all[0], all[1]]);
      expect(store.find('vifs', 'port', 'p1')).toEqual([all[0], all[2]]);
      await store.transact((tx) => {
        tx.delete('vifs', vifId('hv1', 'p1'));
        expect(tx.count('vifs', 'chassis', 'hv1')).toBe(1);
        tx.put('vifs', vifId('hv1', 'p9'), vif('hv1', 'p9'));
        tx.put('vifs', vifId('hv1', 'p8'), vif('hv1', 'p8'));
        tx.delete('vifs', vifId('hv1', 'p9'));
        expect(tx.count('vifs', 'chassis', 'hv1')).toBe(tx.find('vifs', 'chassis', 'hv1').length);
        tx.delete('vifs', vifId('hv1', 'p8'));
      });
      expect(store.find('vifs', 'port', 'p1')).toEqual([all[2]]);
    });

    it('finishes what was asked before it closed, and refuses what comes after', async () => {
      const at = await place();
      const store = await openIn(at);
      const writing = store.transact((tx) => tx.put('networks', 'a', network('a')));
      const closing = store.close();
      await expect(store.transact((tx) => tx.allocate('port'))).rejects.toMatchObject({
        code: 'STORE_CLOSED',
      });
      await Promise.all([writing, closing]);
      if (at.durable) expect((await openIn(at)).get('networks', 'a')).toEqual(network('a'));
    });

    it('equals a plain model under random transactions and reopening', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const at = await fixture();
          let store = await at.open({ log: { changes: 7 } });
          const model = new Map<string, PortRecord>();
          let allocated = 0;
          try {
            for (const { writes, fails, reopen } of steps) {
              const draft = new Map(model);
              for (const { id, value } of writes)
                value === undefined ? draft.delete(id) : draft.set(id, port(id, value));
              const done = store.transact((tx) => {
                for (const { id, value } of writes) {
                  if (value === undefined) tx.delete('ports', id);
                  else tx.put('ports', id, port(id, value));
                }
                expectSame(tx, draft);
                const key = tx.allocate('port');
                if (fails) throw new Error('refused');
                return key;
              });
              if (fails) await expect(done).rejects.toThrow('refused');
              else {
                expect(await done).toBe(++allocated);
                model.clear();
                for (const [id, value] of draft) model.set(id, value);
              }
              if (reopen && at.durable) {
                const { revision } = store;
                await store.close();
                store = await at.open({ log: { changes: 7 } });
                expect(store.revision).toBe(revision);
              }
              expectSame(store, model);
            }
          } finally {
            await store.close();
            await at.dispose();
          }
        }),
        { numRuns: 30 },
      );
      // Each step syncs a disk, which others may be using.
    }, 120_000);
  });
}

/** Ids of every script and with control characters, but few, so that writes meet. */
const id = fc.constantFrom(
  'a',
  'b',
  'ab',
  'Z',
  'é',
  '字',
  '\u{1f600}',
  'with/slash',
  'nul\0nul',
  '\u0001',
  '__proto__',
  '1',
);
const step = fc.record({
  writes: fc.array(
    fc.record({
      id,
      value: fc.option(
        fc.record({
          macAddress: fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02'),
          networkId: fc.constantFrom('n', 'm'),
        }),
        { nil: undefined },
      ),
    }),
    { maxLength: 8 },
  ),
  fails: fc.boolean(),
  reopen: fc.boolean(),
});

function expectSame(
  view: Pick<Store, 'list' | 'get' | 'find'>,
  model: ReadonlyMap<string, PortRecord>,
): void {
  const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  expect(view.list('ports')).toEqual(sorted);
  for (const [key, value] of model) expect(view.get('ports', key)).toEqual(value);
  for (const networkId of ['n', 'm']) {
    expect(view.find('ports', 'network', networkId)).toEqual(
      sorted.filter((each) => each.networkId === networkId),
    );
    for (const macAddress of ['02:00:00:00:00:01', '02:00:00:00:00:02'])
      expect(view.find('ports', 'mac', `${networkId}/${macAddress}`)).toEqual(
        sorted.filter((each) => each.networkId === networkId && each.macAddress === macAddress),
      );
  }
}
