import { groupSetKey } from './indexes.ts';
import type { Databases } from './lmdb/disk.ts';
import { type ChassisRecord, type PortRecord, vifId } from './records.ts';

/** What version 1 kept in a chassis instead of VIFs of their own. */
interface Version1 {
  readonly interfaces?: Readonly<Record<string, { readonly name: string; readonly ofport: number }>>;
}

/** What versions before 3 kept in a chassis instead of a list of addresses. */
interface Version2 {
  readonly encapIp: string;
}

/** Version of what is written; counts up when older software would misread it. */
export const SCHEMA_VERSION = 4;

/**
 * Brings what version `from` has written up to date, inside a transaction. The log is forgotten, and one revision
 * passes without a commit, so that who has seen the old form reads everything anew.
 */
export function migrate(databases: Databases, from: number): void {
  if (from >= SCHEMA_VERSION) return;
  if (from < 2) separateVifs(databases);
  if (from < 3) addColumns(databases);
  if (from < 4) {
    addFirewalls(databases);
    addPolicies(databases);
  }
  const { log, meta } = databases;
  log.clearSync();
  meta.putSync('revision', Number(meta.get('revision') ?? 0) + 1);
}

/** From version 1 to 2. */
function separateVifs({ objects, meta }: Databases): void {
  const counters = (meta.get('counters') ?? {}) as Readonly<Record<string, number>>;
  let claim = counters.claim ?? 0;
  for (const { key, value } of objects.entries()) {
    if (key[0] !== 'chassis') continue;
    const { interfaces = {}, ...chassis } = value as ChassisRecord & Version1;
    objects.putSync(key, chassis);
    for (const [portId, { name, ofport }] of Object.entries(interfaces)) {
      const id = vifId(chassis.id, portId);
      claim += 1;
      objects.putSync(['vifs', id], { id, chassisId: chassis.id, portId, name, ofport, claim });
    }
  }
  meta.putSync('counters', { ...counters, claim });
}

/** Columns that version 2 did not have, with what they mean for what it has written. */
const COLUMNS_OF_3: Readonly<Record<string, object>> = {
  networks: { tags: [], vlanTransparent: false, qinq: false },
  subnets: { tags: [] },
  ports: { tags: [], inactiveBindings: [], securityGroupIds: [] },
  chassis: { adminStateUp: true, physicalNetworks: [] },
};

/** From version 2 to 3. */
function addColumns({ objects }: Databases): void {
  for (const { key, value } of objects.entries()) {
    const columns = COLUMNS_OF_3[key[0]];
    if (columns === undefined) continue;
    const kept = key[0] === 'chassis' ? listAddress(value as ChassisRecord & Version2) : value;
    objects.putSync(key, { ...columns, ...kept });
  }
}

function listAddress(value: ChassisRecord & Version2): ChassisRecord {
  const { encapIp, ...chassis } = value;
  return { ...chassis, encapIps: [encapIp] };
}

/** From version 3 to 4: each set of groups that a port has gets its number. */
function addPolicies({ objects, meta }: Databases): void {
  const counters = (meta.get('counters') ?? {}) as Readonly<Record<string, number>>;
  const sets = new Map<string, readonly string[]>();
  for (const { key, value } of objects.entries()) {
    const port = value as PortRecord;
    if (key[0] === 'ports' && port.portSecurityEnabled) sets.set(groupSetKey(port), port.securityGroupIds);
  }
  let policy = 0;
  for (const securityGroupIds of sets.values()) {
    policy += 1;
    objects.putSync(['policies', `${policy}`], { id: `${policy}`, key: policy, securityGroupIds });
  }
  meta.putSync('counters', { ...counters, policy });
}

/** From version 3 to 4, too. */
function addFirewalls({ objects }: Databases): void {
  for (const { key, value } of objects.entries())
    if (key[0] === 'chassis') objects.putSync(key, { firewall: 'learn', ...value } as ChassisRecord);
}
