import { isIP } from 'node:net';
import { parseActiveTarget } from 'ovsdb-client-ts';
import { shown } from '../quote.ts';
import { db, type View } from '../view.ts';
import { MAX_BACKOFF, type Repair, type Wanted } from './repair.ts';

/** Makes the Manager row through which the hypervisor came try again soon after a break. */
export function planManager(view: View, { manager: us }: Wanted): readonly Repair[] {
  if (us === undefined) return [];
  return [...view.table('Manager').values()]
    .filter((manager) => leadsTo(us, manager.target) && manager.max_backoff !== MAX_BACKOFF)
    .map((manager) => ({
      what: `manager ${shown(manager.target)} max_backoff`,
      operations: [db.update('Manager', [['_uuid', '==', manager._uuid]], { max_backoff: MAX_BACKOFF })],
    }));
}

/** A host name may be any address, also ours; the port then decides. */
function leadsTo(us: NonNullable<Wanted['manager']>, text: string): boolean {
  if (!/^(tcp|ssl):/.test(text)) return false;
  try {
    const target = parseActiveTarget(text);
    if (target.transport === 'unix' || target.port !== us.port) return false;
    return isIP(target.host) === 0 || target.host === us.address;
  } catch {
    // OVS accepts some targets that we do not read; such a row is not ours to repair.
    return false;
  }
}
