import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import { sampleChassis, samplePort, sampleVif } from '#controller/store/sample-records';
import type { Commit } from '#controller/store/store';
import { GOLDEN_SETTINGS } from './api-fixture.ts';
import { createApi } from './server.ts';

async function fixture() {
  const store = openMemoryStore();
  const connected = new Set<string>();
  const app = createApi({
    settings: GOLDEN_SETTINGS,
    store,
    logger: pino({ level: 'silent' }),
    switches: () => store.list('chassis').map(({ id }) => ({ id })),
    peersOf: async (id) => [`peers of ${id}`],
    auditOf: (id) => ({ audited: id }),
    idleInterfacesOf: (id) => [`idle at ${id}`],
    isConnected: (id) => connected.has(id),
    drops: async (id) => (connected.has(id) ? [{ name: 'router', packets: 7 }] : undefined),
  });
  await store.transact((tx) => {
    for (const id of ['hv1', 'hv10']) {
      tx.put('chassis', id, sampleChassis(id));
      for (const port of ['p1', 'p2']) tx.put('vifs', `${id}/${port}`, sampleVif(id, port));
    }
    tx.put('ports', 'p1', samplePort('p1'));
  });
  const forget = (id: string) => app.inject({ method: 'DELETE', url: `/v1/switches/${id}` });
  return { app, store, connected, forget };
}

it('forgets a switch and its VIFs in one transaction, and nothing else', async () => {
  const { app, store, forget } = await fixture();
  const commits: Commit[] = [];
  store.watch(store.revision, (commit) => commits.push(commit));
  const answer = await forget('hv1');
  expect([answer.statusCode, answer.body]).toEqual([204, '']);
  expect(commits.map(({ changes }) => changes.map(({ id, after }) => [id, after]))).toEqual([
    [
      ['hv1', undefined],
      ['hv1/p1', undefined],
      ['hv1/p2', undefined],
    ],
  ]);
  expect((await app.inject('/v1/switches')).json()).toEqual([{ id: 'hv10' }]);
  expect(store.list('vifs').map(({ id }) => id)).toEqual(['hv10/p1', 'hv10/p2']);
  expect(store.get('ports', 'p1')).toBeDefined();
});

it('keeps a switch whose database is connected, and says how to detach it', async () => {
  const { store, connected, forget } = await fixture();
  connected.add('hv1');
  const answer = await forget('hv1');
  expect(answer.statusCode).toBe(409);
  expect(answer.json().NeutronError).toMatchObject({
    type: 'SwitchConnected',
    message: expect.stringMatching(/^Switch hv1 is connected .*ovs-vsctl del-manager/),
  });
  expect(store.get('chassis', 'hv1')).toBeDefined();
});

it('shows one switch with its peers and audits', async () => {
  const { app } = await fixture();
  const answer = await app.inject('/v1/switches/hv10');
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    { id: 'hv10', audit: { audited: 'hv10' }, interfaces: ['idle at hv10'], peers: ['peers of hv10'] },
  ]);
});

it.each(['hv3', '%00', '..%2fhv1', 'x'.repeat(299), '__proto__'])('knows no switch %s', async (id) => {
  const { app, store, forget } = await fixture();
  const answer = await forget(id);
  expect(answer.statusCode).toBe(404);
  expect((await app.inject(`/v1/switches/${id}`)).statusCode).toBe(404);
  expect(store.list('chassis')).toHaveLength(2);
});

it('tells what a switch has dropped, while it is connected', async () => {
  const { app, connected } = await fixture();
  connected.add('hv1');
  expect((await app.inject('/v1/switches/hv1/drops')).json()).toEqual([{ name: 'router', packets: 7 }]);
  const away = await app.inject('/v1/switches/hv10/drops');
  expect([away.statusCode, away.json().NeutronError.type]).toEqual([409, 'SwitchNotConnected']);
  expect((await app.inject('/v1/switches/hv3/drops')).statusCode).toBe(404);
});
