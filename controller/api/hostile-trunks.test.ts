import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { sampleChassis } from '#controller/store/sample-records';
import { type Reply, type TestApi, testApi } from './api-fixture.ts';
import { anyJson, encode, expectCivil } from './hostile-fixture.ts';

let api: TestApi;
let portIds: string[];
let trunkId: string;

beforeAll(async () => {
  api = testApi();
  await api.store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1')));
  const { body } = await api.call('POST', '/v2.0/networks', { network: {} });
  portIds = [];
  for (let count = 0; count < 4; count++) {
    const port = { network_id: body.network.id, device_owner: count === 0 ? 'compute:x' : '' };
    portIds.push((await api.call('POST', '/v2.0/ports', { port })).body.port.id);
  }
  const trunk = { port_id: portIds[0] };
  trunkId = (await api.call('POST', '/v2.0/trunks', { trunk })).body.trunk.id;
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('vlan', 'inherit', 'hv1', '', '0', '-1', '4095', '1e3', '__proto__', 'x'.repeat(5000)),
);
const value = anyJson(text, text, 3);
/** Mostly what a subport may be, so that all rules are reached. */
const subPort = fc.oneof(
  value,
  fc.record(
    {
      port_id: fc.oneof(
        fc.nat(3).map((at) => ({ at })),
        value,
      ),
      segmentation_type: fc.oneof(fc.constantFrom('vlan', 'inherit'), value),
      segmentation_id: fc.oneof(fc.integer({ min: -1, max: 4096 }), value),
      more: value,
    },
    { requiredKeys: [] },
  ),
);

/** Civil, and brief: what was sent is not sent back whole. */
function expectBrief(reply: Reply): void {
  expectCivil(reply);
  expect(JSON.stringify(reply.body ?? null).length).toBeLessThan(20_000);
}

/** Numbers stand for ports, which are not there yet when values are made up. */
const withPorts = (sent: unknown) =>
  JSON.stringify(sent).replace(/\{"at":(\d)\}/g, (_, at) => JSON.stringify(portIds[Number(at)]));

/** What must hold whatever was asked. */
function expectSound(): void {
  const used = api.store
    .list('trunks')
    .flatMap(({ portId, subPorts }) => [portId, ...subPorts.map((sub) => sub.portId)]);
  expect(new Set(used).size).toBe(used.length);
  for (const id of used) expect(api.store.get('ports', id)).toBeDefined();
  for (const { subPorts } of api.store.list('trunks')) {
    const vlans = subPorts.map(({ segmentationId }) => segmentationId);
    expect(new Set(vlans).size).toBe(vlans.length);
    for (const vlan of vlans) expect(vlan >= 1 && vlan <= 4094 && Number.isInteger(vlan)).toBe(true);
  }
}

describe('hostile input', () => {
  it('is refused as subports, and breaks no trunk', async () => {
    const sent = fc.oneof(value, fc.array(subPort, { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('add_subports', 'remove_subports', 'create'),
        sent,
        async (verb, sub_ports) => {
          const reply =
            verb === 'create'
              ? await api.call(
                  'POST',
                  '/v2.0/trunks',
                  withPorts({ trunk: { port_id: { at: 1 }, sub_ports } }),
                )
              : await api.call('PUT', `/v2.0/trunks/${trunkId}/${verb}`, withPorts({ sub_ports }));
          expectBrief(reply);
          expectSound();
          if (verb === 'create' && reply.status === 201)
            await api.call('DELETE', `/v2.0/trunks/${reply.body.trunk.id}`);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['an array of subports', () => `/v2.0/trunks/${trunkId}/add_subports`, '[]'],
    [
      'a deep one',
      () => `/v2.0/trunks/${trunkId}/add_subports`,
      `{"sub_ports":${'['.repeat(9000)}${']'.repeat(9000)}}`,
    ],
    [
      'fifty thousand',
      () => `/v2.0/trunks/${trunkId}/add_subports`,
      `{"sub_ports":[${Array.from({ length: 50_000 }, (_, n) => `{"port_id":"${n}"}`).join()}]}`,
    ],
    [
      'fifty thousand tags',
      () => `/v2.0/ports/${portIds[0]}/tags`,
      `{"tags":[${Array.from({ length: 50_000 }, (_, n) => `"${n}"`).join()}]}`,
    ],
  ])('is refused: %s', async (_, path, body) => {
    const reply = await api.call('PUT', path(), body);
    expect(reply.status).toBe(400);
    expectBrief(reply);
  });

  it('is refused as tags', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(value, fc.array(text)), text, async (tags, tag) => {
        const path = `/v2.0/ports/${portIds[0]}/tags`;
        expectBrief(await api.call('PUT', path, { tags }));
        for (const method of ['PUT', 'GET', 'DELETE'])
          expectBrief(await api.call(method, `${path}/${encode(tag)}`));
        const kept = api.store.get('ports', portIds[0] ?? '')?.tags ?? [];
        expect(kept).toEqual([...new Set(kept)].sort());
        expect(kept.length).toBeLessThanOrEqual(50);
      }),
      { numRuns: 150 },
    );
  });

  it('is refused as bindings and agents', async () => {
    const agent = (await api.call('GET', '/v2.0/agents')).body.agents[0].id;
    const names = fc.constantFrom(
      'host',
      'profile',
      'vnic_type',
      'status',
      'admin_state_up',
      'description',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, value, { maxKeys: 4 }), text, async (sent, host) => {
        const path = `/v2.0/ports/${portIds[0]}/bindings`;
        expectBrief(await api.call('POST', path, { binding: sent }));
        expectBrief(await api.call('PUT', `${path}/${encode(host)}`, { binding: sent }));
        for (const [method, rest] of [
          ['PUT', '/activate'],
          ['GET', ''],
          ['DELETE', ''],
        ] as const)
          expectBrief(await api.call(method, `${path}/${encode(host)}${rest}`));
        expectBrief(await api.call('PUT', `/v2.0/agents/${agent}`, { agent: sent }));
      }),
      { numRuns: 150 },
    );
    expect((await api.call('GET', '/v2.0/agents')).status).toBe(200);
  });
});
