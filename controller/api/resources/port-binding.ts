import { bindSubPorts } from '#controller/binding/subports';
import { type Bound, refusesPorts, VNIC_TYPES, vifDetails, vifType } from '#controller/binding/vif';
import type { InactiveBinding, PortRecord } from '#controller/store/records';
import type { StoreView, Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import { type Attributes, asText, type CreateInput, type UpdateInput } from '../resource/attribute.ts';
import type { Context } from '../resource/resource.ts';
import { lenient, oneOf, Refusal, text, toText } from '../resource/values.ts';
import { bumped, changed } from './changed.ts';
import { toProfile } from './port-values.ts';

/** Bindings besides the active one: more hypervisors than any migration passes on its way. */
const MOST = 16;

/** A port's binding to a host, the active one or another. */
export interface PortBinding extends Bound {
  /** The host, which is what names a binding of its port. */
  readonly id: string;
  readonly portId: string;
  readonly vnicType: string;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly isActive: boolean;
  readonly isGivenUp: boolean;
}

export const bindingAttributes = {
  host: {
    value: lenient({ type: 'string', minLength: 1, maxLength: 255 }, toHost),
    required: true,
    update: true,
    view: ({ hostId }) => hostId,
    filter: asText,
    sort: true,
  },
  vnic_type: {
    value: oneOf(VNIC_TYPES),
    initial: 'normal',
    update: true,
    view: ({ vnicType }) => vnicType,
    filter: asText,
  },
  profile: {
    value: lenient({ type: ['object', 'null'] }, toProfile),
    initial: {},
    update: true,
    view: ({ profile }) => profile,
  },
  vif_type: { json: { type: 'string' }, view: shownVifType, filter: asText },
  vif_details: {
    json: { type: 'object' },
    view: (binding, store) => (binding.isGivenUp ? {} : vifDetails(binding.portId, binding, store)),
  },
  status: {
    json: { enum: ['ACTIVE', 'INACTIVE'] },
    view: ({ isActive }) => (isActive ? 'ACTIVE' : 'INACTIVE'),
    filter: asText,
  },
  project_id: { value: text(255) },
} as const satisfies Attributes<PortBinding>;

type Created = CreateInput<typeof bindingAttributes>;
type Updated = UpdateInput<typeof bindingAttributes>;

/** All bindings of a port, the active one first. Only ports of compute services have several, and show them. */
export function bindingsOf(port: PortRecord): readonly PortBinding[] {
  if (!port.deviceOwner.startsWith('compute:'))
    throw fault('BadRequest', 'port', `Invalid port ${port.id}. Operation only valid on compute ports.`);
  const { networkId, hostId, vnicType, bindingProfile: profile, isBindingRefused = false } = port;
  const portId = port.id;
  const active = { portId, networkId, hostId, vnicType, profile, isBindingRefused, isGivenUp: false };
  return [
    { ...active, id: hostId, isActive: true },
    ...port.inactiveBindings.map(({ isGivenUp = false, ...rest }) => ({
      ...rest,
      portId,
      networkId,
      id: rest.hostId,
      isGivenUp,
      isActive: false,
    })),
  ];
}

export function bindingTo(port: PortRecord, host: string): PortBinding {
  const found = bindingsOf(port).find(({ hostId }) => hostId === host);
  if (found === undefined) throw fault('PortBindingNotFound', port.id, host);
  return found;
}

/** Adds an inactive binding, which a hypervisor of ours has to take. */
export function addBinding(
  tx: Transaction,
  port: PortRecord,
  { host, vnic_type: vnicType, profile }: Created,
  context: Context,
): PortRecord {
  if (bindingsOf(port).some(({ hostId }) => hostId === host))
    throw fault('PortBindingAlreadyExists', port.id, host);
  if (port.inactiveBindings.length >= MOST)
    throw fault('BadRequest', 'port', `Port ${port.id} has ${MOST} inactive bindings, and may have no more.`);
  const added = takenBinding(tx, port, { hostId: host, vnicType, profile });
  return put(tx, bumped({ ...port, inactiveBindings: [...port.inactiveBindings, added] }, context));
}

/** Changes what a binding says; an inactive one that was given up, or failed, is bound again. */
export function changeBinding(
  tx: Transaction,
  port: PortRecord,
  host: string,
  { vnic_type, profile }: Updated,
  context: Context,
): PortRecord {
  const { isActive, ...before } = bindingTo(port, host);
  const after = { hostId: host, vnicType: vnic_type ?? before.vnicType, profile: profile ?? before.profile };
  if (isActive)
    return put(tx, changed(port, { vnicType: after.vnicType, bindingProfile: after.profile }, context));
  const taken = takenBinding(tx, port, after);
  const inactiveBindings = port.inactiveBindings.map((each) => (each.hostId === host ? taken : each));
  return put(tx, changed(port, { inactiveBindings }, context));
}

/** Takes a binding away; without its active one, the port is unbound. */
export function removeBinding(tx: Transaction, port: PortRecord, host: string, context: Context): void {
  const { isActive } = bindingTo(port, host);
  const inactiveBindings = port.inactiveBindings.filter(({ hostId }) => hostId !== host);
  const columns = isActive ? { hostId: '', isBindingRefused: false } : { inactiveBindings };
  follow(tx, put(tx, changed(port, columns, context)), context);
}

/** Makes an inactive binding the active one, and the active one inactive. The port is DOWN until its new host has it. */
export function activateBinding(
  tx: Transaction,
  port: PortRecord,
  host: string,
  context: Context,
): PortRecord {
  const { isActive, vnicType, profile } = bindingTo(port, host);
  if (isActive) throw fault('PortBindingAlreadyActive', port.id, host);
  const others = port.inactiveBindings.filter(({ hostId }) => hostId !== host);
  const former: InactiveBinding = {
    hostId: port.hostId,
    vnicType: port.vnicType,
    profile: port.bindingProfile,
    isGivenUp: true,
  };
  const columns = {
    hostId: host,
    vnicType,
    bindingProfile: profile,
    isBindingRefused: false,
    inactiveBindings: port.hostId === '' ? others : [...others, former],
    status: 'DOWN',
  } as const;
  const activated = put(tx, bumped({ ...port, ...columns }, context));
  follow(tx, activated, context);
  return activated;
}

function takenBinding(tx: Transaction, port: PortRecord, binding: InactiveBinding): InactiveBinding {
  const bound = { networkId: port.networkId, hostId: binding.hostId };
  if (vifType(bound, tx) === 'binding_failed' || refusesPorts(tx, binding.hostId))
    throw fault('PortBindingError', port.id, binding.hostId);
  return binding;
}

/** Subports go where their parent goes. */
function follow(tx: Transaction, port: PortRecord, { now }: Context): void {
  for (const trunk of tx.find('trunks', 'port', port.id)) bindSubPorts(tx, trunk, now);
}

function put(tx: Transaction, port: PortRecord): PortRecord {
  tx.put('ports', port.id, port);
  return port;
}

function shownVifType(binding: PortBinding, store: StoreView): string {
  return binding.isGivenUp ? 'unbound' : vifType(binding, store);
}

function toHost(raw: unknown): string {
  const host = toText(raw, 255);
  if (host === '') throw new Refusal("'' is not a host");
  return host;
}
