import type { FastifyInstance } from 'fastify';
import type { Caller } from './caller.ts';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';

/**
 * What clients ask a Keystone for when they are given `--project NAME`: without one, its requests come here
 * (Keystone v3: /v3/projects). A project's id is its name. Members know their own project alone.
 */
export function addProjects(app: FastifyInstance): void {
  for (const path of ['/projects', '/v3/projects']) {
    addPath(app, path, {
      GET: async ({ query, caller }) => {
        const names = query.get('name') ?? [caller.projectId].filter((name) => name !== '');
        return ok({
          projects: names.filter((name) => knows(caller, name)).map(projectView),
          links: { next: null, previous: null, self: null },
        });
      },
    });
    addPath(app, `${path}/:id`, {
      GET: async ({ id, caller }) => {
        if (!knows(caller, id)) throw fault('HTTPNotFound');
        return ok({ project: projectView(id) });
      },
    });
  }
}

function knows({ role, projectId }: Caller, name: string): boolean {
  return name !== '' && name.length <= 255 && (role === 'admin' || name === projectId);
}

function projectView(name: string) {
  return { id: name, name, domain_id: 'default', parent_id: 'default', enabled: true, is_domain: false };
}
