import type { Databases } from './lmdb-disk.ts';
import { type ChassisRecord, vifId } from './records.ts';

/** What version 1 kept in a chassis instead of VIFs of their own. */
interface Version1 {
  readonly interfaces?: Readonly<Record<string, { readonly name: string; readonly ofport: number }>>;
}

/**
 * From version 1 to 2, inside a transaction. The log is forgotten, and one revision passes without a commit, so
 * that who has seen the old form reads everything anew.
 */
export function separateVifs({ objects, log, meta }: Databases): void {
  const counters = (meta.get('counters') ?? {}) as Readonly<Record<string, number>>;
  let claim = counters.claim ?? 0;
  for (const { key, value } of [...objects.getRange()]) {
    if (key[0] !== 'chassis') continue;
    const { interfaces = {}, ...chassis } = value as ChassisRecord & Version1;
    objects.putSync(key, chassis);
    for (const [portId, { name, ofport }] of Object.entries(interfaces)) {
      const id = vifId(chassis.id, portId);
      claim += 1;
      objects.putSync(['vifs', id], { id, chassisId: chassis.id, portId, name, ofport, claim });
    }
  }
  log.clearSync();
  meta.putSync('counters', { ...counters, claim });
  meta.putSync('revision', Number(meta.get('revision') ?? 0) + 1);
}
