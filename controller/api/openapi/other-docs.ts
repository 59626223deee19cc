import { FIREWALLS, QUOTA_RESOURCES, TUNNEL_TYPES } from '#controller/store/records';
import { agentAttributes } from '../resources/agent.ts';
import { bindingAttributes } from '../resources/port-binding.ts';
import {
  listOf,
  type OperationDoc,
  objectOf,
  type PathDocs,
  type Schema,
  text,
  whole,
  wrapped,
} from './operation.ts';
import { shownSchema, writtenSchema } from './resource-docs.ts';

const any: Schema = { type: 'object' };
const nullable = (schema: Schema): Schema => ({ ...schema, type: [schema.type, 'null'].flat() });
const limits = Object.fromEntries(QUOTA_RESOURCES.map((name) => [name, { ...whole, minimum: -1 }]));
const quota: Schema = { title: 'quota', ...objectOf(limits) };
const usage = objectOf({ limit: whole, used: whole, reserved: whole });
const project: Schema = {
  title: 'project',
  ...objectOf({ id: text, name: text, enabled: { type: 'boolean' } }),
};
const extension: Schema = {
  title: 'extension',
  ...objectOf({ alias: text, name: text, description: text, updated: text, links: listOf(any) }),
};
const agent = shownSchema('agent', agentAttributes);
const binding = shownSchema('binding', bindingAttributes);
const bindingWritten = (title: string) => wrapped('binding', writtenSchema(title, bindingAttributes));
const since: Schema = { ...text, description: 'REVISION or HISTORY/REVISION, as last told.' };
const names: OperationDoc = {
  summary: 'Projects, as a Keystone tells of them: by name, or the caller’s own.',
  query: { name: listOf(text) },
  answer: wrapped('projects', listOf(project)),
};
const named: OperationDoc = {
  summary: 'A project, as a Keystone tells of it.',
  answer: wrapped('project', project),
};

const flows = listOf(text);
const plan = objectOf({
  objects: whole,
  switches: listOf(
    objectOf({
      id: text,
      added: flows,
      changed: listOf(objectOf({ from: text, to: text })),
      deleted: flows,
      problems: flows,
      omitted: whole,
    }),
  ),
});
const foreignQuotas: OperationDoc = {
  summary: 'Limits of a Nova or a Cinder, of which there is none here.',
  answer: wrapped('quota_set', objectOf({ id: text })),
};

/** What the description of the API says of the paths that are no resource's. */
export const OTHER_DOCS: Readonly<Record<string, PathDocs>> = {
  '/': {
    GET: {
      summary: 'The versions of the API.',
      answer: wrapped('versions', listOf(objectOf({ id: text, status: text, links: listOf(any) }))),
    },
  },
  '/v2.0': {
    GET: {
      summary: 'What there is in Neutron v2.0.',
      answer: wrapped('resources', listOf(objectOf({ name: text, collection: text, links: listOf(any) }))),
    },
  },
  '/v2.0/extensions': {
    GET: {
      summary: 'The extensions of Neutron that are enforced.',
      answer: wrapped('extensions', listOf(extension)),
    },
  },
  '/v2.0/extensions/:id': {
    GET: { summary: 'An extension, by its alias.', answer: wrapped('extension', extension) },
  },
  '/v2.0/quotas': {
    GET: { summary: 'Limits of the projects that have their own.', answer: wrapped('quotas', listOf(quota)) },
  },
  '/v2.0/quotas/tenant': {
    GET: { summary: 'The caller’s project.', answer: wrapped('tenant', objectOf({ tenant_id: text })) },
  },
  '/v2.0/quotas/project': {
    GET: { summary: 'The caller’s project.', answer: wrapped('project', objectOf({ project_id: text })) },
  },
  '/v2.0/quotas/:id': {
    GET: { summary: 'Limits of a project; -1 is none.', answer: wrapped('quota', quota) },
    PUT: {
      summary: 'Change limits of a project.',
      body: wrapped('quota', { type: 'object', properties: { ...limits, check_limit: { type: 'boolean' } } }),
      answer: wrapped('quota', quota),
    },
    DELETE: { summary: 'Give a project the default limits again.', status: 204 },
  },
  '/v2.0/quotas/:id/default': { GET: { summary: 'The default limits.', answer: wrapped('quota', quota) } },
  '/v2.0/quotas/:id/details': {
    GET: {
      summary: 'Limits of a project, and what it has.',
      answer: wrapped('quota', objectOf(Object.fromEntries(QUOTA_RESOURCES.map((name) => [name, usage])))),
    },
  },
  '/os-quota-sets/:id': { GET: foreignQuotas },
  '/os-quota-sets/:id/defaults': { GET: foreignQuotas },
  '/v2.0/ports/:id/bindings': {
    GET: { summary: 'Where a port is bound.', answer: wrapped('bindings', listOf(binding)) },
    POST: {
      summary: 'Bind a port to one more host, inactively: its VM will move there.',
      body: bindingWritten('binding_create'),
      answer: wrapped('binding', binding),
      status: 201,
    },
  },
  '/v2.0/ports/:id/bindings/:item': {
    GET: { summary: 'A port’s binding to a host.', answer: wrapped('binding', binding) },
    PUT: {
      summary: 'Change a port’s binding to a host.',
      body: bindingWritten('binding_update'),
      answer: wrapped('binding', binding),
    },
    DELETE: { summary: 'Take a port’s binding to a host away.', status: 204 },
  },
  '/v2.0/ports/:id/bindings/:item/activate': {
    PUT: { summary: 'Make a port’s binding to a host the active one.', answer: binding },
  },
  '/v2.0/agents': {
    GET: { summary: 'The hypervisors, as Neutron’s agents.', answer: wrapped('agents', listOf(agent)) },
  },
  '/v2.0/agents/:id': {
    GET: { summary: 'A hypervisor, as one of Neutron’s agents.', answer: wrapped('agent', agent) },
    PUT: {
      summary: 'Describe a hypervisor, or let it take no new ports.',
      body: wrapped('agent', writtenSchema('agent_update', agentAttributes)),
      answer: wrapped('agent', agent),
    },
    DELETE: { summary: 'Forget a hypervisor that is gone for good.', status: 204 },
  },
  '/projects': { GET: names },
  '/projects/:id': { GET: named },
  '/v3/projects': { GET: names },
  '/v3/projects/:id': { GET: named },
  '/v1/switches': { GET: { summary: 'The hypervisors, and how they are.', answer: listOf(any) } },
  '/v1/switches/:id/drops': {
    GET: { summary: 'What a hypervisor has dropped, by reason, most frequent first.', answer: listOf(any) },
  },
  '/v1/switches/:id': {
    GET: {
      summary:
        'A hypervisor, its interfaces that serve no port, and what its switch has exchanged with each other hypervisor.',
      answer: objectOf({
        id: text,
        interfaces: listOf(objectOf({ interface: text, problem: text })),
        peers: listOf(
          objectOf({
            id: text,
            type: { enum: TUNNEL_TYPES },
            address: text,
            connected: { type: 'boolean' },
            sent: { type: ['integer', 'null'] },
            received: { type: ['integer', 'null'] },
          }),
        ),
      }),
    },
    DELETE: { summary: 'Forget a hypervisor that is gone for good.', status: 204 },
  },
  '/v1/denied': {
    GET: {
      summary:
        'A stream of packets that security groups deny: events ready, denied, missed, heartbeat and end.',
      query: {
        port: text,
        switch: text,
        rate: { ...whole, minimum: 1, maximum: 100, description: 'Packets a second at most.' },
        seconds: { ...whole, minimum: 1, maximum: 3600, description: 'After which it ends.' },
      },
      answer: text,
      type: 'text/event-stream',
    },
  },
  '/v1/plans': {
    POST: {
      summary: 'Begins to try requests out: below the plan’s own path is the API as if they had been done.',
      answer: objectOf({ id: text }),
    },
  },
  '/v1/plans/:id': {
    GET: { summary: 'What would change on which switch, by what was tried out.', answer: plan },
    DELETE: { summary: 'Forgets it.' },
  },
  '/v1/ports/:id/connections': {
    GET: {
      summary:
        'The connections of a port that its switch remembers. Others need no memory: rules admit both directions.',
      query: { limit: { ...whole, minimum: 1, maximum: 1000 } },
      answer: objectOf({
        port_id: text,
        firewall: { enum: [...FIREWALLS, null] },
        remembered: nullable(whole),
        evicted: whole,
        connections: listOf(
          objectOf({
            direction: { enum: ['ingress', 'egress'] },
            ethertype: { enum: ['IPv4', 'IPv6'] },
            protocol: text,
            address: text,
            port: nullable(whole),
            peer_address: text,
            peer_port: nullable(whole),
            icmp_type: nullable(whole),
            icmp_code: nullable(whole),
            packets: whole,
            bytes: whole,
            age: { ...whole, description: 'Seconds.' },
            security_group_rule_id: { type: ['string', 'null'], format: 'uuid' },
          }),
        ),
        note: { type: ['string', 'null'] },
      }),
    },
  },
  '/v1/ports/:id': {
    GET: {
      summary: 'Where a port is plugged, and why it does not work.',
      answer: objectOf({
        id: text,
        switch: { type: ['string', 'null'] },
        plugged: {
          ...listOf(objectOf({ switch: text, interface: text, ofport: whole })),
          type: ['array', 'null'],
        },
        problem: { type: ['string', 'null'] },
      }),
    },
  },
  '/v1/status': {
    GET: {
      summary: 'Statuses of ports and trunks: all, or those that changed, waiting for the first.',
      query: {
        since,
        epoch: { ...text, description: 'History that `since` counts in.' },
        wait: { ...whole, minimum: 0, maximum: 60, description: 'Seconds to wait at most.' },
      },
      answer: objectOf({
        epoch: text,
        cursor: whole,
        statuses: listOf(objectOf({ kind: { enum: ['port', 'trunk'] }, id: text, status: text })),
      }),
    },
  },
  '/v1/events': {
    GET: {
      summary: 'A stream of changes: events ready, change, heartbeat and reset.',
      query: { since },
      answer: text,
      type: 'text/event-stream',
    },
  },
  '/v1/backup': {
    GET: {
      summary: 'All that the store holds, for tenantflow restore.',
      answer: text,
      type: 'application/x-ndjson',
    },
  },
  '/openapi.json': { GET: { summary: 'This description.', answer: any } },
  '/docs': { GET: { summary: 'This description, for people.', answer: text, type: 'text/html' } },
};

const tags = wrapped('tags', listOf(text));

/** `…/ID/tags` and `…/ID/tags/TAG` of any resource. */
export const TAG_DOCS: { readonly all: PathDocs; readonly one: PathDocs } = {
  all: {
    GET: { summary: 'The tags.', answer: tags },
    PUT: { summary: 'Replace all tags.', body: tags, answer: tags },
    DELETE: { summary: 'Take all tags away.', status: 204 },
  },
  one: {
    GET: { summary: 'Whether it has a tag: if not, 404.', status: 204 },
    PUT: { summary: 'Add a tag.', answer: { type: 'null' }, status: 201 },
    DELETE: { summary: 'Take a tag away.', status: 204 },
  },
};
