import { expect, it } from 'vitest';
import { testApi } from './api-fixture.ts';

const red = { 'x-user-id': 'u', 'x-project-id': 'red', 'x-roles': 'member' };
const ids = (body: { projects: readonly { id: string }[] }) => body.projects.map(({ id }) => id);

it.each(['/projects', '/v3/projects'])(
  '%s knows every project by its name, as clients ask for one',
  async (path) => {
    const api = testApi();
    const one = await api.call('GET', `${path}/blue`);
    expect(one.body.project).toMatchObject({ id: 'blue', name: 'blue', enabled: true });
    expect(ids((await api.call('GET', `${path}?name=blue`)).body)).toEqual(['blue']);
    expect(ids((await api.call('GET', path)).body)).toEqual(['fake_project_id']);
  },
);

it('tells members of their own project alone', async () => {
  const api = testApi();
  expect((await api.call('GET', '/v3/projects/red', undefined, red)).status).toBe(200);
  expect((await api.call('GET', '/v3/projects/blue', undefined, red)).status).toBe(404);
  expect(ids((await api.call('GET', '/projects?name=blue&name=red', undefined, red)).body)).toEqual(['red']);
});
