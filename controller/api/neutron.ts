import type { FastifyInstance } from 'fastify';
import type { Collections } from '#controller/store/store';
import { addEmptyLists } from './empty-lists.ts';
import { extensionViews } from './extensions.ts';
import { fault } from './faults.ts';
import { TAG_DOCS } from './openapi/other-docs.ts';
import { actionDocs, resourceDocs } from './openapi/resource-docs.ts';
import { addPath, ok } from './paths.ts';
import { addPortBindings } from './port-bindings.ts';
import { addQuotas } from './quotas.ts';
import type { Attributes } from './resource/attribute.ts';
import { handlersOf, type Surroundings } from './resource/handlers.ts';
import type { Resource, ResourceCollection } from './resource/resource.ts';
import { type Shown, shownOf } from './resource/shown.ts';
import { networkResource } from './resources/network.ts';
import { portResource } from './resources/port.ts';
import { securityGroupResource } from './resources/security-group.ts';
import { securityGroupRuleResource } from './resources/security-group-rule.ts';
import { subnetResource } from './resources/subnet.ts';
import { trunkResource } from './resources/trunk.ts';
import { isTagged, tagHandlers } from './tags.ts';

/** Adds every resource of Neutron v2.0, and what tells of them. Returns how their records look from outside. */
export function addNeutron(app: FastifyInstance, surroundings: Surroundings): readonly Shown[] {
  const shown: Shown[] = [];
  const plurals: string[] = [];
  const add = <C extends ResourceCollection, A extends Attributes<Collections[C]>>(
    resource: Resource<C, A>,
  ) => {
    const { list, create, show, update, remove, actions } = handlersOf(resource, surroundings);
    const path = `/v2.0/${resource.plural.replaceAll('_', '-')}`;
    const docs = resourceDocs(resource, surroundings.settings);
    addPath(app, path, { GET: list, POST: create }, docs.all);
    addPath(app, `${path}/:id`, { GET: show, PUT: update, DELETE: remove }, docs.one);
    for (const [name, handlers] of Object.entries(actions))
      addPath(app, `${path}/:id/${name}`, handlers, actionDocs(name, docs));
    if (isTagged(resource.collection, resource.attributes)) {
      const { collection, plural, access = {} } = resource;
      const tags = tagHandlers(collection, plural, access, surroundings);
      addPath(app, `${path}/:id/tags`, tags.all, TAG_DOCS.all);
      addPath(app, `${path}/:id/tags/:item`, tags.one, TAG_DOCS.one);
    }
    plurals.push(resource.plural);
    shown.push(shownOf(resource, surroundings.settings));
  };
  add(networkResource);
  add(subnetResource);
  add(portResource);
  add(trunkResource);
  add(securityGroupResource);
  add(securityGroupRuleResource);
  addEmptyLists(app);
  addQuotas(app, surroundings);
  addPortBindings(app, surroundings);

  addPath(app, '/v2.0', {
    GET: async ({ url }) => ok({ resources: plurals.map((name) => resourceView(name, url)) }),
  });
  const extensions = extensionViews(surroundings.settings);
  addPath(app, '/v2.0/extensions', { GET: async () => ok({ extensions }) });
  addPath(app, '/v2.0/extensions/:id', {
    GET: async ({ id }) => {
      const extension = extensions.find(({ alias }) => alias === id);
      if (extension === undefined) throw fault('HTTPNotFound');
      return ok({ extension });
    },
  });
  return shown;
}

function resourceView(plural: string, url: URL) {
  return {
    name: plural.replace(/s$/, ''),
    collection: plural.replaceAll('_', '-'),
    links: [{ rel: 'self', href: `${url.origin}/v2.0/${plural.replaceAll('_', '-')}` }],
  };
}
