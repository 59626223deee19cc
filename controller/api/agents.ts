import type { FastifyInstance } from 'fastify';
import { agentId } from '#controller/store/agent-id';
import type { ChassisRecord } from '#controller/store/records';
import type { Store, StoreView } from '#controller/store/store';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';
import type { UpdateInput } from './resource/attribute.ts';
import { parseBody, singleIn, updateInput } from './resource/body.ts';
import { linksOf, pageOf } from './resource/page.ts';
import { checkAdmin } from './resource/policy.ts';
import { fieldsIn, readListQuery } from './resource/query.ts';
import { viewOf } from './resource/resource.ts';
import { type Agent, type AgentLife, agentAttributes as attributes } from './resources/agent.ts';
import { forgetSwitch } from './switches.ts';

/** What `/v2.0/agents` stands on. */
export interface AgentsOptions {
  readonly store: Store;
  readonly lifeOf: (systemId: string) => AgentLife;
  /** Whether the hypervisor's database is connected: such a one cannot be forgotten. */
  readonly isConnected: (systemId: string) => boolean;
}

/** Adds `/v2.0/agents`, which are our hypervisors; they are for admins. */
export function addAgents(app: FastifyInstance, { store, lifeOf, isConnected }: AgentsOptions): void {
  const agentOf = (chassis: ChassisRecord): Agent => ({
    id: agentId(chassis.id),
    chassis,
    ...lifeOf(chassis.id),
  });
  const view = (agent: Agent, fields: ReadonlySet<string>, form: 'item' | 'list') =>
    viewOf<Agent>(attributes, agent, store, fields, form);

  addPath(app, '/v2.0/agents', {
    GET: async ({ caller, query, url }) => {
      const asked = readListQuery<Agent>(attributes, {}, query);
      const all = caller.role === 'admin' ? store.list('chassis').map(agentOf) : [];
      const agents = all.sort((a, b) => (a.id < b.id ? -1 : 1));
      const marker = asked.marker === undefined ? undefined : agentOf(chassisOf(store, asked.marker));
      const page = pageOf(agents, asked, marker, attributes, store);
      const links = linksOf(page, url);
      const items = page.items.map((agent) => view(agent, asked.fields, 'list'));
      return ok(links.length === 0 ? { agents: items } : { agents: items, agents_links: links });
    },
  });
  addPath(app, '/v2.0/agents/:id', {
    GET: async ({ caller, id, query }) => {
      if (caller.role !== 'admin') throw fault('AgentNotFound', id);
      return ok({ agent: view(agentOf(chassisOf(store, id)), fieldsIn(query), 'item') });
    },
    PUT: async ({ caller, id, body }) => {
      checkAdmin(caller, 'update_agent');
      const sent = updateInput(attributes, singleIn(parseBody(body), 'agent'));
      const { admin_state_up, description }: UpdateInput<typeof attributes> = sent;
      const changed = await store.transact((tx) => {
        const chassis = chassisOf(tx, id);
        const { adminStateUp } = chassis;
        const after: ChassisRecord = {
          ...chassis,
          adminStateUp: admin_state_up ?? adminStateUp,
          ...(description === undefined ? {} : { description }),
        };
        tx.put('chassis', chassis.id, after);
        return after;
      });
      return ok({ agent: view(agentOf(changed), new Set(), 'item') });
    },
    DELETE: async ({ caller, id }) => {
      checkAdmin(caller, 'delete_agent');
      await store.transact((tx) => {
        const chassis = chassisOf(tx, id);
        if (isConnected(chassis.id)) throw fault('SwitchConnected', chassis.id);
        forgetSwitch(tx, chassis.id);
      });
      return { status: 204 };
    },
  });
}

function chassisOf(store: StoreView, id: string): ChassisRecord {
  const [chassis] = store.find('chassis', 'agent', id.toLowerCase());
  if (chassis === undefined) throw fault('AgentNotFound', id);
  return chassis;
}
