import { expect, it } from 'vitest';
import { gathered } from './gathered.ts';
import { openMemoryStore } from './memory-store.ts';
import { sampleNetwork } from './sample-records.ts';
import type { Commit } from './store.ts';

it('tells the commits of one batch as one, before anyone who waits for them goes on', async () => {
  const store = openMemoryStore();
  const told: Commit[] = [];
  const single: Commit[] = [];
  store.watch(0, (commit) => single.push(commit));
  store.watch(
    0,
    gathered((commit) => told.push(commit)),
  );
  const put = (id: string) => store.transact((tx) => tx.put('networks', id, sampleNetwork(id)));
  let seen = -1;
  const first = put('a').then(() => {
    seen = told.length;
  });
  await Promise.all([first, put('b'), put('c')]);
  expect(seen).toBe(1);
  expect(told).toEqual([{ revision: 3, changes: single.flatMap(({ changes }) => changes) }]);
  await put('d');
  expect(told.map(({ revision }) => revision)).toEqual([3, 4]);
  await store.close();
});
