import type { Operation } from 'ovsdb-client-ts';
import { type Bridge, type Controller, db, rowsAt, type View } from '../view.ts';
import { isOwned, OWNED_IDS } from './owned-ports.ts';
import { MAX_BACKOFF, type Repair, type Wanted } from './repair.ts';

/** Names the row of `newController` within its transaction. */
export const NEW_CONTROLLER = 'new_controller';
/** Out of band: in-band control would add hidden flows of its own to the bridge. */
const SETTINGS = { max_backoff: MAX_BACKOFF, connection_mode: 'out-of-band' } as const;
/**
 * A passive target of this type is a controller like any other: the bridge keeps its flows when it takes the place of an active one,
 * or an active one its, and who connects there is told of events. Of itself it would be a window for tools (ovs-vswitchd.conf.db(5)).
 */
const PASSIVE_SETTINGS = { ...SETTINGS, type: 'primary' } as const;

/** Whether it has the settings by which we know a controller of ours, of this process or another. */
export function isSetAsOurs({ max_backoff, connection_mode }: Controller): boolean {
  return max_backoff === SETTINGS.max_backoff && connection_mode === SETTINGS.connection_mode;
}

/** The row of our controller. */
export function newController({ controller: target }: Wanted): Operation {
  const settings = isActive(target) ? SETTINGS : { ...PASSIVE_SETTINGS, external_ids: OWNED_IDS };
  return db.insert('Controller', { target, ...settings }, NEW_CONTROLLER);
}

/** Has the bridge call us, or listen for us, and nobody else. What others let tools look in by (`ptcp:`, `punix:`) stays. */
export function planController(view: View, bridge: Bridge, wanted: Wanted): readonly Repair[] {
  const repairs: Repair[] = [];
  const controllers = rowsAt(view.table('Controller'), bridge.controller);
  const ours = controllers.find((controller) => controller.target === wanted.controller);
  const isCaller = isActive(wanted.controller);
  // Where the bridge cannot listen it would be without a controller, and OVS flush its flows: what it has stays until we are through.
  const isReplaceable = isCaller || wanted.isReached === true;
  const isRival = (other: Controller) => other !== ours && (isActive(other.target) || isOwned(other));
  const others = controllers.filter((other) => other !== ours && !(isReplaceable && isRival(other)));
  if (ours === undefined || others.length < controllers.length - 1) {
    // The set is replaced in one transaction: OVS flushes the flows of a bridge that is without a controller.
    repairs.push({
      what: `bridge ${bridge.name} controller`,
      operations: [
        ...(ours === undefined ? [newController(wanted)] : []),
        db.update('Bridge', [['_uuid', '==', bridge._uuid]], {
          controller: [ours?._uuid ?? NEW_CONTROLLER, ...others.map(({ _uuid }) => _uuid)],
        }),
      ],
    });
  }
  if (ours === undefined) return repairs;
  if (!isSetAsOurs(ours) || (!isCaller && (ours.type !== 'primary' || !isOwned(ours)))) {
    const external_ids = new Map([...ours.external_ids, ...OWNED_IDS]);
    const settings = isCaller ? SETTINGS : { ...PASSIVE_SETTINGS, external_ids };
    repairs.push({
      what: `bridge ${bridge.name} controller settings`,
      operations: [db.update('Controller', [['_uuid', '==', ours._uuid]], settings)],
    });
  }
  return repairs;
}

function isActive(target: string): boolean {
  return /^(tcp|ssl|unix):/.test(target);
}
