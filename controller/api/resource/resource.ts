import type { JsonObject } from '#controller/base/json-object';
import type { OwnedRecord, QuotaResource } from '#controller/store/records';
import type { CollectionName, Collections, StoreView, Transaction } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import type { NeutronFault } from '../faults.ts';
import type { NetworkSettings } from '../settings.ts';
import type { Attributes, CreateInput, UpdateInput } from './attribute.ts';
import type { Access } from './policy.ts';

/** A random number from 0 up to, not including, `count`. */
export type Random = (count: bigint) => bigint;

/** What an operation needs to know besides its input. */
export interface Context {
  readonly caller: Caller;
  readonly settings: NetworkSettings;
  /** ISO 8601 UTC with seconds, as Neutron prints it. */
  readonly now: string;
  readonly random: Random;
}

/** Collections of the store whose values are Neutron resources. */
export type ResourceCollection = {
  [C in CollectionName]: Collections[C] extends OwnedRecord ? C : never;
}[CollectionName];

/** What POST has settled before the resource's own rules apply. */
export interface NewIdentity {
  readonly id: string;
  readonly projectId: string;
}

/** Something that Neutron makes for a project when it is first asked about. */
export interface Prerequisite {
  isMissing(store: StoreView, projectId: string): boolean;
  add(tx: Transaction, projectId: string, context: Context): void;
}

/** A filter that is no plain attribute: whether a record matches all the texts given for it. */
export type SpecialFilter<R> = (texts: readonly string[]) => (record: R) => boolean;

/** An operation besides the five, `/networks/ID/NAME`: a GET that shows something, or a PUT that changes the record. */
export type Action<C extends ResourceCollection> =
  | { readonly show: (record: Collections[C]) => unknown }
  | {
      readonly change: (
        tx: Transaction,
        record: Collections[C],
        body: JsonObject,
        context: Context,
      ) => Collections[C];
    };

/**
 * A Neutron resource. The operations run inside a transaction, check uniqueness and references there, and throw
 * NeutronFault; the HTTP handlers are the same for all resources.
 */
export interface Resource<C extends ResourceCollection, A extends Attributes<Collections[C]>> {
  /** Key of one in a body, and name of its quota: `network`. */
  readonly singular: QuotaResource;
  /** Key of many in a body, and with dashes the path: `networks`. */
  readonly plural: string;
  readonly collection: C;
  readonly attributes: A;
  /** Absent: its project's alone. */
  readonly access?: Access<Collections[C]>;
  readonly filters?: Readonly<Record<string, SpecialFilter<Collections[C]>>>;
  /** Attributes that the store has an index for: the records with one value of it, in ascending order of id. */
  readonly lookups?: Readonly<Record<string, (store: StoreView, value: string) => readonly Collections[C][]>>;
  readonly actions?: Readonly<Record<string, Action<C>>>;
  /** Whether one POST may hold many; it may, unless this says otherwise. */
  readonly bulk?: false;
  readonly notFound: (id: string) => NeutronFault;
  /** What a project has to have before its resources are listed. */
  readonly beforeList?: Prerequisite;
  create(tx: Transaction, identity: NewIdentity, input: CreateInput<A>, context: Context): Collections[C];
  /** A bulk request, if that is more than one `create` after another. */
  createMany?(
    tx: Transaction,
    items: readonly { readonly identity: NewIdentity; readonly input: CreateInput<A> }[],
    context: Context,
  ): readonly Collections[C][];
  update(tx: Transaction, record: Collections[C], input: UpdateInput<A>, context: Context): Collections[C];
  remove(tx: Transaction, record: Collections[C], context: Context): void;
}

/** Attributes of a resource as clients see them: all, or only the named ones that exist. One that is undefined is left out. */
export function viewOf<R>(
  attributes: Attributes<R>,
  record: R,
  store: StoreView,
  fields: ReadonlySet<string>,
  form: 'item' | 'list',
): Readonly<Record<string, unknown>> {
  const view: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const show = (form === 'item' ? attribute.itemView : undefined) ?? attribute.view;
    if (show !== undefined && (fields.size === 0 || fields.has(name))) view[name] = show(record, store);
  }
  return view;
}
