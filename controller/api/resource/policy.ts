import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '#controller/base/json-object';
import type { OwnedRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import { fault, type NeutronFault } from '../faults.ts';
import type { Attributes } from './attribute.ts';

/**
 * Who may do something, besides an admin: the project that owns the record, or the one that owns what the record is
 * part of (Neutron: ADMIN_OR_NET_OWNER).
 */
export type Right = 'owner' | 'parentOwner' | 'admin';
export type Action = 'create' | 'update' | 'delete';

/** What a record may be part of, as far as access depends on it. */
export interface Parent {
  /** The attribute of a POST that names it. */
  readonly attribute: string;
  readonly find: (id: string, store: StoreView) => { projectId: string; isPublic: boolean } | undefined;
  readonly notFound: (id: string) => NeutronFault;
}

/** Whose a resource is, and what others may do with it; without anything: only its project sees it. */
export interface Access<R> {
  /** Whether every project sees it. */
  readonly isPublic?: (record: R, store: StoreView) => boolean;
  readonly parent?: Parent & { readonly idOf: (record: R) => string };
  /** What the owner of the parent may do with the records of other projects. */
  readonly parentOwner?: readonly ('get' | 'update' | 'delete')[];
  /** Who may create it, if not every project. */
  readonly create?: Right;
}

/** Whether the caller is shown a record at all; to others it does not exist. */
export function mayRead<R extends OwnedRecord>(
  access: Access<R>,
  record: R,
  caller: Caller,
  store: StoreView,
): boolean {
  if (caller.role === 'admin' || record.projectId === caller.projectId) return true;
  if (access.isPublic?.(record, store)) return true;
  return (access.parentOwner?.includes('get') ?? false) && ownsParent(access, record, caller, store);
}

/** The attributes that a caller is shown: of a record, or, without one, may filter and sort by. */
export type Readable<A> = (caller: Caller, record?: OwnedRecord) => A;

/** Whom each attribute is for. */
export function readableAttributes<A extends Attributes<never>>(attributes: A): Readable<A> {
  const without = (...kept: readonly unknown[]) =>
    Object.fromEntries(Object.entries(attributes).filter(([, { read }]) => !kept.includes(read))) as A;
  const [owners, others] = [without('admin'), without('admin', 'owner')];
  return ({ role, projectId }, record) => {
    if (role === 'admin') return attributes;
    return record === undefined || record.projectId === projectId ? owners : others;
  };
}

/** What a write is about, for the checks below. */
export interface Write {
  readonly singular: string;
  /** Name of Neutron's rule, where it is not made of action and resource. */
  readonly rule?: string;
  readonly attributes: Attributes<never>;
  /** Attributes that were sent, as sent. */
  readonly sent: JsonObject;
  /** The same after conversion. */
  readonly input: JsonObject;
}

/** Refuses a POST that the caller may not make; the parent that it names has to be one that the caller sees. */
export function checkCreate<R>(
  access: Access<R>,
  write: Write,
  projectId: string,
  caller: Caller,
  store: StoreView,
): void {
  if (caller.role === 'admin') return;
  const { parent } = access;
  const parentId = parent === undefined ? '' : String(write.input[parent.attribute]);
  const found = parent?.find(parentId, store);
  const ownsFound = found?.projectId === caller.projectId;
  if (parent !== undefined && found !== undefined && !ownsFound && !found.isPublic)
    throw parent.notFound(parentId);
  const rights = { owner: projectId === caller.projectId, parentOwner: ownsFound, admin: false };
  check('create', write, rights[access.create ?? 'owner'], rights, caller);
}

/** Refuses a PUT or DELETE of a record that the caller sees, but may not change so. */
export function checkChange<R extends OwnedRecord>(
  access: Access<R>,
  action: 'update' | 'delete',
  write: Write,
  record: R,
  caller: Caller,
  store: StoreView,
): void {
  if (caller.role === 'admin') return;
  const owner = record.projectId === caller.projectId;
  const parentOwner = ownsParent(access, record, caller, store);
  const isAllowed = owner || (parentOwner && (access.parentOwner?.includes(action) ?? false));
  check(action, write, isAllowed, { owner, parentOwner, admin: false }, caller);
}

/** Refuses everybody but admins, in the words of Neutron's policy: `checkAdmin(caller, 'get_agent')`. */
export function checkAdmin({ role }: Caller, rule: string): void {
  if (role !== 'admin') throw fault('PolicyNotAuthorized', `rule:${rule}`);
}

function check(
  action: Action,
  { singular, attributes, sent, input, rule: named = `${action}_${singular}` }: Write,
  isAllowed: boolean,
  rights: Readonly<Record<Right, boolean>>,
  { role }: Caller,
): void {
  let rule = `rule:${named}`;
  let isFine = isAllowed && role !== 'reader';
  for (const [name, { write, initial, parts = [] }] of Object.entries(attributes)) {
    if (write === undefined || !Object.hasOwn(sent, name)) continue;
    // As in Neutron, naming what a POST means anyway takes no right.
    if (action === 'create' && isDeepStrictEqual(input[name], initial)) continue;
    rule = `(${rule} and ${ruleOf(`rule:${action}_${singular}:${name}`, parts, sent[name])})`;
    isFine &&= rights[typeof write === 'function' ? write(input[name], action) : write];
  }
  if (!isFine) throw fault('PolicyNotAuthorized', rule);
}

/** A rule with those of the keys that were sent in the attribute's items, as Neutron names them. */
function ruleOf(rule: string, parts: readonly string[], sent: unknown): string {
  const items: readonly unknown[] = Array.isArray(sent) ? sent : [];
  const named = parts.filter((key) =>
    items.some((item) => typeof item === 'object' && item !== null && Object.hasOwn(item, key)),
  );
  return named.length === 0 ? rule : `(${rule} and (${named.map((key) => `${rule}:${key}`).join(' and ')}))`;
}

function ownsParent<R>({ parent }: Access<R>, record: R, caller: Caller, store: StoreView): boolean {
  return parent?.find(parent.idOf(record), store)?.projectId === caller.projectId;
}
