import { expect, it } from 'vitest';
import { openMemoryStore } from './memory-store.ts';
import { sampleNetwork } from './sample-records.ts';
import type { Transaction } from './store.ts';

const MOST = 10_000;
/** Writes networks with these numbers. */
const put =
  (from: number, to: number, name = '') =>
  (tx: Transaction) => {
    for (let number = from; number < to; number++)
      tx.put('networks', `${number}`, sampleNetwork(`${number}`, { name }));
  };

it('shows what is written over what is there, and leaves that alone', async () => {
  const store = openMemoryStore();
  await store.transact(put(0, 2, 'there'));
  const shadow = store.shadow();
  await shadow.transact((tx) => {
    tx.delete('networks', '0');
    put(2, 3, 'new')(tx);
  });
  await store.transact(put(3, 4, 'later'));
  expect(shadow.list('networks').map(({ name }) => name)).toEqual(['there', 'new', 'later']);
  expect(store.list('networks').map(({ name }) => name)).toEqual(['there', 'there', 'later']);
  expect(shadow.changes().map(({ id, after }) => [id, after !== undefined])).toEqual([
    ['0', false],
    ['2', true],
  ]);
});

it('has a bound on objects that are written to, in one transaction or many, and keeps nothing of one beyond it', async () => {
  const shadow = openMemoryStore().shadow();
  await expect(shadow.transact(put(0, MOST + 1))).rejects.toMatchObject({ code: 'STORE_SHADOW_FULL' });
  expect(shadow.changes()).toEqual([]);
  await shadow.transact(put(0, MOST - 1));
  await shadow.transact(put(MOST - 1, MOST));
  await expect(shadow.transact(put(MOST, MOST + 1))).rejects.toMatchObject({ code: 'STORE_SHADOW_FULL' });
  expect(shadow.changes()).toHaveLength(MOST);
});

it('counts an object once, however often it is written to, also when it is gone again', async () => {
  const shadow = openMemoryStore().shadow();
  await shadow.transact(put(0, MOST));
  await shadow.transact(put(0, MOST, 'again'));
  await shadow.transact((tx) => tx.delete('networks', '0'));
  expect(shadow.changes()).toHaveLength(MOST - 1);
  await expect(shadow.transact(put(MOST, MOST + 1))).rejects.toMatchObject({ code: 'STORE_SHADOW_FULL' });
  await shadow.transact(put(0, 1, 'back'));
  expect(shadow.changes()).toHaveLength(MOST);
});
