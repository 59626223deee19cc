import { describe, expect, it } from 'vitest';
import type { Preview } from '#controller/plans/plans';
import type { Change } from '#controller/store/store';
import { GOLDEN_SETTINGS, testApi } from './api-fixture.ts';

const seen: (readonly Change[])[] = [];
const switches = [{ id: 'hv1', added: ['a flow'], changed: [], deleted: [], problems: [], omitted: 0 }];
const preview: Preview = async (changes) => {
  seen.push(changes());
  return switches;
};

function api() {
  return testApi(GOLDEN_SETTINGS, undefined, undefined, { preview });
}
const member = { 'x-project-id': 'red', 'x-user-id': 'alice', 'x-roles': 'member' };

describe('?dry_run', () => {
  it('answers what a request would, and what changes on switches, and writes nothing', async () => {
    const { call, store } = api();
    const { status, body } = await call('POST', '/v2.0/networks?dry_run=true', { network: { name: 'red' } });
    expect([status, body.dry_run.status]).toEqual([200, 201]);
    expect(body.dry_run.answer.network.name).toBe('red');
    expect(body.dry_run.switches).toEqual(switches);
    expect(seen.at(-1)?.map(({ collection }) => collection)).toContain('networks');
    expect([store.revision, store.list('networks')]).toEqual([0, []]);
  });

  it('answers refusals as they are', async () => {
    const { call } = api();
    const refused = await call('PUT', '/v2.0/networks/none?dry_run=true', { network: { name: 'x' } });
    expect([refused.status, refused.body.NeutronError.type]).toEqual([404, 'NetworkNotFound']);
  });

  it('does what is not a dry run', async () => {
    const { call, store } = api();
    await call('POST', '/v2.0/networks?dry_run=false', { network: { name: 'red' } });
    expect(store.list('networks')).toHaveLength(1);
    const { status, body } = await call('POST', '/v2.0/networks?dry_run=maybe', { network: {} });
    expect([status, body.NeutronError.message]).toEqual([400, "dry_run is true or false, not 'maybe'."]);
  });

  it.each(['http://controller/v2.0/networks', '/v2%2E0/networks', '/%762.0/networks'])(
    'writes nothing, however the URL is written: %s',
    async (path) => {
      const { app, store } = api();
      const { body } = await app.inject({
        method: 'POST',
        url: `${path}?dry_run=true`,
        payload: '{"network": {"name": "red"}}',
      });
      expect(store.list('networks'), body).toEqual([]);
    },
  );

  it('is refused where nothing can be tried out', async () => {
    const { call } = api();
    const { status, body } = await call('DELETE', '/v1/switches/hv1?dry_run=true');
    expect([status, body.NeutronError.type]).toEqual([400, 'DryRunUnknown']);
  });

  it('is for admins', async () => {
    const { call } = api();
    const { status } = await call('POST', '/v2.0/networks?dry_run=true', { network: {} }, member);
    expect(status).toBe(403);
  });
});

describe('many dry runs', () => {
  const post = (call: ReturnType<typeof api>['call']) =>
    call('POST', '/v2.0/networks?dry_run=true', { network: { name: 'red' } });

  it('take the place of no plan', async () => {
    const { call } = api();
    const { id } = (await call('POST', '/v1/plans')).body;
    for (let count = 0; count < 40; count++) expect((await post(call)).status).toBe(200);
    expect((await call('GET', `/v1/plans/${id}`)).status).toBe(200);
  });

  it('are worked out one after another, and only some may wait', async () => {
    let [running, most] = [0, 0];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { call } = testApi(GOLDEN_SETTINGS, undefined, undefined, {
      preview: async () => {
        most = Math.max(most, ++running);
        await gate;
        running -= 1;
        return switches;
      },
    });
    const all = Array.from({ length: 40 }, async () => {
      const { status, body } = await post(call);
      if (status !== 200) open();
      return status === 200 ? status : `${status} ${body.NeutronError.type}`;
    });
    const answers = await Promise.all(all);
    expect([most, running]).toEqual([1, 0]);
    expect(answers.filter((answer) => answer === 200)).toHaveLength(16);
    expect(new Set(answers)).toEqual(new Set([200, '429 TooManyPlans']));
    expect((await post(call)).status).toBe(200);
  });
});

describe('a plan', () => {
  it('is the API as if requests had been done', async () => {
    const { call, store } = api();
    const { network } = (await call('POST', '/v2.0/networks', { network: { name: 'there' } })).body;
    const { status, body } = await call('POST', '/v1/plans');
    expect(status).toBe(201);
    const at = `/v1/plans/${body.id}`;
    const made = await call('POST', `${at}/v2.0/networks`, { network: { name: 'new' } });
    expect(made.status).toBe(201);
    const port = { port: { network_id: made.body.network.id } };
    expect((await call('POST', `${at}/v2.0/ports`, port)).status).toBe(201);
    await call('DELETE', `${at}/v2.0/networks/${network.id}`);
    const list = await call('GET', `${at}/v2.0/networks?fields=name`);
    expect(list.body).toEqual({ networks: [{ name: 'new' }] });
    const { objects, ...plan } = (await call('GET', at)).body;
    expect(plan).toEqual({ switches });
    expect(objects).toBeGreaterThanOrEqual(3);
    expect(store.list('networks').map(({ name }) => name)).toEqual(['there']);
    expect((await call('DELETE', at)).status).toBe(204);
    expect((await call('GET', at)).body.NeutronError.type).toBe('PlanNotFound');
  });

  it('belongs to admins, and so do the requests in it to who sends them', async () => {
    const { call } = api();
    expect((await call('POST', '/v1/plans', undefined, member)).status).toBe(403);
    const { id } = (await call('POST', '/v1/plans')).body;
    const path = `/v1/plans/${id}/v2.0/networks`;
    expect((await call('GET', path, undefined, member)).status).toBe(403);
    const forged = { 'x-tenantflow-caller': '{"projectId":"x","role":"admin"}' };
    expect((await call('GET', path, undefined, { ...member, ...forged })).status).toBe(403);
  });

  it('is one of few: the oldest goes', async () => {
    const { call } = api();
    const ids: string[] = [];
    for (let count = 0; count < 17; count++) ids.push((await call('POST', '/v1/plans')).body.id);
    expect((await call('GET', `/v1/plans/${ids[0]}`)).status).toBe(404);
    expect((await call('GET', `/v1/plans/${ids[1]}`)).status).toBe(200);
  });

  it('takes no more than it can hold', async () => {
    const quotas = { ...GOLDEN_SETTINGS.quotas, network: -1 };
    const { call } = testApi({ ...GOLDEN_SETTINGS, quotas });
    const { id } = (await call('POST', '/v1/plans')).body;
    const networks = Array.from({ length: 4_000 }, () => ({ 'provider:network_type': 'local' }));
    const create = () => call('POST', `/v1/plans/${id}/v2.0/networks`, { networks });
    const statuses = [await create(), await create(), await create()].map(({ status }) => status);
    expect(statuses).toEqual([201, 201, 413]);
  });
});
