import { expect, it } from 'vitest';
import { testApi } from './api-fixture.ts';

it.each([
  ['routers', 'routers'],
  ['floatingips', 'floatingips'],
  ['availability_zones', 'availability_zones'],
  ['qos/policies', 'policies'],
  ['service-providers', 'service_providers'],
])('%s are listed, though there are none', async (path, key) => {
  const api = testApi();
  const { status, body } = await api.call('GET', `/v2.0/${path}?name=x&fields=id`);
  expect([status, body]).toEqual([200, { [key]: [] }]);
  expect((await api.call('POST', `/v2.0/${path}`, '{}')).status).toBe(405);
  expect((await api.call('GET', `/v2.0/${path}/x`)).status).toBe(404);
});

it.each(['segments', 'rbac-policies', 'network-ip-availabilities'])(
  '%s are not known, for an empty list of them would not be true',
  async (path) => {
    expect((await testApi().call('GET', `/v2.0/${path}`)).status).toBe(404);
  },
);
