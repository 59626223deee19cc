import { expect, it } from 'vitest';
import { testApi } from './api-fixture.ts';

it('shows a port’s place to admins, and to its project without hypervisors; to others there is no such port', async () => {
  const api = testApi();
  const member = (project: string) => ({ 'x-user-id': 'u', 'x-project-id': project, 'x-roles': 'member' });
  const made = await api.call('POST', '/v2.0/networks', { network: {} }, member('red'));
  const port = { network_id: made.body.network.id };
  const { body } = await api.call('POST', '/v2.0/ports', { port }, member('red'));
  const { id } = body.port;
  const place = (headers = {}) => api.call('GET', `/v1/ports/${id}`, undefined, headers);
  expect((await place()).body).toEqual({ id, switch: null, plugged: [], problem: null });
  expect((await place(member('red'))).body).toEqual({ id, switch: null, plugged: null, problem: null });
  expect([(await place(member('blue'))).status, (await api.call('GET', '/v1/ports/x')).status]).toEqual([
    404, 404,
  ]);
});
