import { z } from 'zod';
import type { Api } from '../client/client.ts';
import { Refused } from '../client/failure.ts';
import { type ApiObject, listObjects, type Query } from '../client/objects.ts';
import { COLLECTIONS, type NeutronKindName } from '../kinds/related.ts';
import { TOPOLOGY_KINDS } from './kinds.ts';

/** What a controller has, as far as the caller sees it. */
export interface Snapshot {
  /** The caller's own project; undefined where the controller does not tell. */
  readonly project: string | undefined;
  readonly objects: Readonly<Record<NeutronKindName, readonly ApiObject[]>>;
}

/** Asks for everything. Each of `projects` has its default group then, which comes with the first look at it. */
export async function takeSnapshot(api: Api, projects: readonly string[] = []): Promise<Snapshot> {
  for (const project of projects)
    await listObjects(api, COLLECTIONS['security-group'], [['project_id', project], ...ONLY_IDS]);
  const project = await ownProject(api);
  const list = async (kind: NeutronKindName) => [kind, await listObjects(api, COLLECTIONS[kind])] as const;
  const kinds = Object.values(TOPOLOGY_KINDS).map(({ name }) => name);
  const lists = await Promise.all(kinds.map(list));
  return { project, objects: { ...NOTHING, ...Object.fromEntries(lists) } };
}

const ONLY_IDS: Query = [['fields', 'id']];
const NOTHING = {
  network: [],
  subnet: [],
  port: [],
  trunk: [],
  'security-group': [],
  'security-group-rule': [],
} satisfies Snapshot['objects'];

const whoSchema = z.object({ tenant: z.object({ tenant_id: z.string() }) });

async function ownProject(api: Api): Promise<string | undefined> {
  try {
    return whoSchema.safeParse(await api.request('GET', '/v2.0/quotas/tenant')).data?.tenant.tenant_id;
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
