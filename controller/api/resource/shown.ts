import type { OwnedRecord } from '#controller/store/records';
import type { Collections, StoreView } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import type { NetworkSettings } from '../settings.ts';
import { type Attributes, offeredAttributes } from './attribute.ts';
import { mayRead, readableAttributes } from './policy.ts';
import { type Resource, type ResourceCollection, viewOf } from './resource.ts';

/** How the records of one collection look from outside, whatever they are. */
export interface Shown {
  /** Neutron's word for one: `security_group`. */
  readonly kind: string;
  readonly collection: ResourceCollection;
  isVisible(record: OwnedRecord, caller: Caller, store: StoreView): boolean;
  /** What the caller would be answered; for records that it sees. */
  view(record: OwnedRecord, caller: Caller, store: StoreView): Readonly<Record<string, unknown>>;
}

/** The looks of a resource's records; what is given must be of its collection. */
export function shownOf<C extends ResourceCollection, A extends Attributes<Collections[C]>>(
  { singular, collection, access = {}, ...resource }: Resource<C, A>,
  settings: NetworkSettings,
): Shown {
  const attributes = offeredAttributes(resource.attributes, settings);
  const readableBy = readableAttributes(attributes);
  return {
    kind: singular,
    collection,
    isVisible: (record, caller, store) => mayRead(access, record as Collections[C], caller, store),
    view: (record, caller, store) =>
      viewOf<Collections[C]>(readableBy(caller, record), record as Collections[C], store, NO_FIELDS, 'item'),
  };
}
const NO_FIELDS: ReadonlySet<string> = new Set();
