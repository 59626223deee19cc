import { beforeEach, describe, expect, it } from 'vitest';
import { sampleChassis, sampleVif } from '#controller/store/sample-records';
import { type TestApi, testApi } from './api-fixture.ts';
import type { AgentLife } from './resources/agent.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

let api: TestApi;
/** Hypervisors that are at work. */
let lives: Map<string, AgentLife>;
/** Hypervisors whose database is connected. */
let connected: Set<string>;

beforeEach(async () => {
  lives = new Map();
  connected = new Set();
  api = testApi(undefined, undefined, undefined, {
    lifeOf: (id) => lives.get(id) ?? { heartbeat: undefined, isSynced: false },
    isConnected: (id) => connected.has(id),
  });
  await api.store.transact((tx) => {
    tx.put('chassis', 'hv1', sampleChassis('hv1', { createdAt: '2026-01-01T00:00:00Z' }));
    const physicalNetworks = [{ name: 'physnet1', bridge: 'br-ex', ofport: 4, key: 9 }];
    tx.put('chassis', 'hv2', sampleChassis('hv2', { physicalNetworks }));
    tx.put('vifs', 'hv2/p', sampleVif('hv2', 'p'));
  });
});

const list = async (query = '') => (await api.call('GET', `/v2.0/agents${query}`)).body.agents;
const idOf = async (host: string): Promise<string> => (await list(`?host=${host}`))[0].id;
const update = async (host: string, agent: object) =>
  api.call('PUT', `/v2.0/agents/${await idOf(host)}`, { agent });
const told = ({ status, body }: Awaited<ReturnType<typeof update>>) => [
  status,
  body.NeutronError.type,
  body.NeutronError.message,
];

describe('agents', () => {
  it('are our hypervisors', async () => {
    const heartbeat = {
      isAlive: true,
      startedAt: Date.UTC(2026, 0, 2),
      seenAt: Date.UTC(2026, 0, 3, 4, 5, 6),
    };
    lives.set('hv2', { heartbeat, isSynced: true });
    const id = await idOf('host-hv2');
    const { body } = await api.call('GET', `/v2.0/agents/${id}`);
    expect(body.agent).toEqual({
      id,
      agent_type: 'OpenFlow controller host',
      binary: 'tenantflow',
      topic: 'N/A',
      host: 'host-hv2',
      admin_state_up: true,
      description: null,
      created_at: null,
      started_at: '2026-01-02 00:00:00',
      heartbeat_timestamp: '2026-01-03 04:05:06',
      alive: true,
      resources_synced: true,
      availability_zone: null,
      resource_versions: {},
      configurations: {
        integration_bridge: 'br-int',
        bridge_mappings: { physnet1: 'br-ex' },
        tunnel_types: ['vxlan'],
        tunneling_ip: '172.31.0.1',
        datapath_type: 'netdev',
        devices: 1,
      },
    });
    expect(await list('?host=host-hv1')).toMatchObject([
      {
        alive: false,
        heartbeat_timestamp: null,
        resources_synced: false,
        created_at: '2026-01-01 00:00:00',
      },
    ]);
  });

  it('have ids that stay, whatever they are called and whichever server is asked', async () => {
    // uuid.uuid5(uuid.UUID('7c1b36e2-3a0f-4c5e-9d3a-5b1f0a6e4d21'), 'hv1') of Python.
    expect(await idOf('host-hv1')).toBe('75b28f89-e987-504b-8b7f-e91c99afb2fe');
    await api.store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1', { hostname: 'new' })));
    expect(await idOf('new')).toBe('75b28f89-e987-504b-8b7f-e91c99afb2fe');
  });

  it('are selected, sorted and paged', async () => {
    lives.set('hv1', { heartbeat: { isAlive: true, startedAt: 0, seenAt: 0 }, isSynced: false });
    const hosts = async (query: string) => (await list(query)).map(({ host }: { host: string }) => host);
    expect(await hosts('?alive=True')).toEqual(['host-hv1']);
    expect(await hosts('?agent_type=L3%20agent')).toEqual([]);
    expect(await hosts('?sort_key=host&sort_dir=desc')).toEqual(['host-hv2', 'host-hv1']);
    expect(await list('?fields=host&host=host-hv1')).toEqual([{ host: 'host-hv1' }]);
    const first = await api.call('GET', '/v2.0/agents?limit=1');
    const next = new URL(first.body.agents_links[0].href);
    const second = await list(next.search);
    expect([first.body.agents[0].host, second[0].host].sort()).toEqual(['host-hv1', 'host-hv2']);
    expect((await api.call('GET', `/v2.0/agents?limit=1&marker=${NOWHERE}`)).status).toBe(404);
  });

  it('take no new ports while their admin_state_up is false', async () => {
    const disabled = await update('host-hv1', { admin_state_up: 'False', description: 'to be repaired' });
    expect([disabled.status, disabled.body.agent]).toMatchObject([
      200,
      { admin_state_up: false, description: 'to be repaired' },
    ]);
    const network = await api.call('POST', '/v2.0/networks', { network: {} });
    const port = { network_id: network.body.network.id, 'binding:host_id': 'host-hv1' };
    const vif = async () => (await api.call('POST', '/v2.0/ports', { port })).body.port['binding:vif_type'];
    expect(await vif()).toBe('binding_failed');
    await update('host-hv1', { admin_state_up: true });
    expect(await vif()).toBe('ovs');
    expect((await update('host-hv1', { description: null })).body.agent.description).toBe(null);
  });

  it.each([
    [{ host: 'x' }, 'Cannot update read-only attribute host'],
    [{ bogus: 1 }, "Unrecognized attribute(s) 'bogus'"],
    [{ description: 7 }, "Invalid input for description. Reason: '7' is not a valid string."],
  ])('are not changed by %j', async (agent, message) => {
    expect(told(await update('host-hv1', agent))).toEqual([400, 'HTTPBadRequest', message]);
  });

  it('are forgotten when they are deleted, unless their database is connected', async () => {
    const id = await idOf('host-hv2');
    connected.add('hv2');
    expect(told(await api.call('DELETE', `/v2.0/agents/${id}`))[1]).toBe('SwitchConnected');
    connected.clear();
    expect((await api.call('DELETE', `/v2.0/agents/${id}`)).status).toBe(204);
    expect([api.store.list('chassis').length, api.store.list('vifs')]).toEqual([1, []]);
    for (const method of ['GET', 'DELETE'])
      expect(told(await api.call(method, `/v2.0/agents/${id}`))).toEqual([
        404,
        'AgentNotFound',
        `Agent ${id} could not be found.`,
      ]);
    expect((await api.call('GET', '/v2.0/agents/host-hv1')).status).toBe(404);
    expect((await api.call('POST', '/v2.0/agents', { agent: {} })).status).toBe(405);
  });

  it('are for admins', async () => {
    const id = await idOf('host-hv1');
    const headers = { 'x-user-id': 'u', 'x-project-id': 'p', 'x-roles': 'member' };
    const call = (method: string, path: string, body?: object) =>
      api.call(method, `/v2.0/agents${path}`, body, headers);
    expect((await call('GET', '')).body).toEqual({ agents: [] });
    expect(told(await call('GET', `/${id}`))[1]).toBe('AgentNotFound');
    expect(told(await call('PUT', `/${id}`, { agent: {} }))[1]).toBe('PolicyNotAuthorized');
    expect(told(await call('DELETE', `/${id}`))[1]).toBe('PolicyNotAuthorized');
  });
});
