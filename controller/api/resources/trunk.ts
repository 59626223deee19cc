import { bindSubPorts, unbindSubPorts } from '#controller/binding/subports';
import { vifType } from '#controller/binding/vif';
import type { TrunkRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import { type Attributes, asText, COMMON } from '../resource/attribute.ts';
import { refusing } from '../resource/query.ts';
import type { Context, Resource } from '../resource/resource.ts';
import { boolean, JSON_OF, lenient, objectsWith, toBoolean, uuid } from '../resource/values.ts';
import { bumped, changed, newRecord } from './changed.ts';
import { checkIsFree, checkSubPorts, readSubPorts, subPortsView } from './sub-ports.ts';

const attributes = {
  ...COMMON,
  port_id: { value: uuid, required: true, view: (trunk) => trunk.portId, filter: asText, sort: true },
  admin_state_up: {
    value: boolean,
    initial: true,
    update: true,
    view: (trunk) => trunk.adminStateUp,
    filter: toBoolean,
    sort: true,
  },
  status: {
    json: { enum: ['ACTIVE', 'DOWN', 'BUILD', 'DEGRADED', 'ERROR'] },
    view: (trunk) => trunk.status,
    filter: asText,
    sort: true,
  },
  sub_ports: {
    value: lenient(
      objectsWith({
        port_id: JSON_OF.uuid,
        segmentation_type: { enum: ['vlan', 'inherit'] },
        segmentation_id: { type: 'integer' },
      }),
      readSubPorts,
    ),
    initial: [],
    view: subPortsView,
  },
  /** Ours: why the trunk is DEGRADED or in ERROR. */
  problems: {
    json: { type: 'array', items: { type: 'object' } },
    view: ({ problems }) =>
      problems.length === 0 ? undefined : problems.map(({ portId, reason }) => ({ port_id: portId, reason })),
  },
} as const satisfies Attributes<TrunkRecord>;

export const trunkResource: Resource<'trunks', typeof attributes> = {
  singular: 'trunk',
  plural: 'trunks',
  collection: 'trunks',
  attributes,
  lookups: { port_id: (store, id) => store.find('trunks', 'port', id) },
  bulk: false,
  notFound: (id) => fault('TrunkNotFound', id),

  create(tx, identity, input, context) {
    const parentId = input.port_id;
    checkIsFree(tx, parentId, context.caller);
    if (!isTrunkable(tx, parentId)) throw fault('ParentPortInUse', parentId);
    const trunk: TrunkRecord = {
      ...newRecord(identity, input, context, 0),
      portId: parentId,
      adminStateUp: input.admin_state_up,
      status: 'DOWN',
      problems: [],
      subPorts: checkSubPorts(
        tx,
        { id: identity.id, portId: parentId, subPorts: [] },
        input.sub_ports,
        context.caller,
      ),
    };
    tx.put('trunks', trunk.id, trunk);
    bindSubPorts(tx, trunk, context.now);
    return trunk;
  },

  update(tx, trunk, input, context) {
    const updated = changed(
      trunk,
      { name: input.name, description: input.description, adminStateUp: input.admin_state_up },
      context,
    );
    tx.put('trunks', trunk.id, updated);
    return updated;
  },

  remove(tx, trunk, { now }) {
    checkIsEnabled(trunk);
    if (!isTrunkable(tx, trunk.portId)) throw fault('TrunkInUse', trunk.id);
    tx.delete('trunks', trunk.id);
    unbindSubPorts(
      tx,
      trunk.subPorts.map(({ portId }) => portId),
      now,
    );
  },

  actions: {
    add_subports: {
      change(tx, trunk, body, context) {
        const added = checkSubPorts(tx, trunk, sentSubPorts(body.sub_ports), context.caller);
        checkIsEnabled(trunk);
        if (trunk.status === 'ERROR') throw fault('TrunkInErrorState', trunk.id);
        return rewired(tx, trunk, [...trunk.subPorts, ...added], context);
      },
    },
    remove_subports: {
      change(tx, trunk, body, context) {
        checkIsEnabled(trunk);
        const removed = new Set(sentSubPorts(body.sub_ports).map(({ portId }) => portId));
        const current = new Set(trunk.subPorts.map(({ portId }) => portId));
        for (const portId of removed)
          if (!current.has(portId)) throw fault('SubPortNotFound', portId, trunk.id);
        unbindSubPorts(tx, [...removed], context.now);
        return rewired(
          tx,
          trunk,
          trunk.subPorts.filter(({ portId }) => !removed.has(portId)),
          context,
        );
      },
    },
    get_subports: { show: (trunk) => ({ sub_ports: subPortsView(trunk) }) },
  },
};

/** The trunk with other subports. Its status is known again when the switches have confirmed them. */
function rewired(
  tx: Transaction,
  trunk: TrunkRecord,
  subPorts: TrunkRecord['subPorts'],
  context: Context,
): TrunkRecord {
  const updated: TrunkRecord = bumped({ ...trunk, subPorts, status: 'DOWN', problems: [] }, context);
  tx.put('trunks', trunk.id, updated);
  bindSubPorts(tx, updated, context.now);
  return updated;
}

/** A trunk that is administratively down keeps the subports that it has, and itself. */
function checkIsEnabled({ id, adminStateUp }: TrunkRecord): void {
  if (!adminStateUp) throw fault('TrunkDisabled', id);
}

/** An unbound port, or one bound where we can wire subports while it is in use. */
function isTrunkable(tx: Transaction, portId: string): boolean {
  const port = tx.get('ports', portId);
  return port === undefined || vifType(port, tx) !== 'binding_failed';
}

/** Subports of an action's bare body. */
const sentSubPorts = (raw: unknown) => refusing(() => readSubPorts(raw));
