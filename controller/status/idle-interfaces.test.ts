import { expect, it } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import { samplePort, sampleVif } from '#controller/store/sample-records';
import { idleInterfaces } from './idle-interfaces.ts';

it('tells which interfaces serve no port, why, and no more than a hundred', async () => {
  const store = openMemoryStore();
  await store.transact((tx) => {
    tx.put('ports', 'p1', samplePort('p1'));
    for (const port of ['p1', 'typo']) {
      tx.put('vifs', `hv1/${port}`, { ...sampleVif('hv1', port), name: `tap-${port}` });
      tx.put('vifs', `hv2/${port}`, { ...sampleVif('hv2', port), name: `elsewhere-${port}` });
    }
  });
  expect(idleInterfaces(store, new Map([['tap-a', 'no such device']]), 'hv1')).toEqual([
    { interface: 'tap-a', problem: 'no such device' },
    { interface: 'tap-typo', problem: 'external_ids:iface-id=typo is the id of no port' },
  ]);
  const many = new Map(Array.from({ length: 200 }, (_, at) => [`tap${at}`, 'no such device']));
  expect(idleInterfaces(store, many, 'hv1')).toHaveLength(100);
  await store.close();
});
