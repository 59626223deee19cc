import { isDeepStrictEqual } from 'node:util';
import { isObject } from '#controller/base/json-object';
import type { NeutronKindName } from '../kinds/related.ts';
import type { Path } from './source.ts';

/** Takes a name in a file for an object; gives what stands for its id until that is known. */
export type Refer = (kind: NeutronKindName, name: unknown, path: Path) => unknown;
/** What a file calls the object of an id. */
export type NameOf = (kind: NeutronKindName, id: string) => string;

/** What comparisons need to know besides the two values. */
export interface Surroundings {
  /** Whether ports give themselves their addresses in this subnet, so that nobody has to ask for them. */
  readonly isAutoAddressed: (subnetId: string) => boolean;
  /** Attributes of the object as it is. */
  readonly current: Readonly<Record<string, unknown>>;
}

/** A field of an item. Where nothing else is said, it is the attribute of REST of the same name. */
export interface Field {
  /** A sentence for editors and documentation. */
  readonly doc: string;
  /** REST's attribute, where that goes by ids and so is called otherwise. */
  readonly attribute?: string;
  /** Kinds that its names are of. */
  readonly refersTo?: readonly NeutronKindName[];
  /** The value as REST wants it, from what the file says. */
  readonly toRest?: (raw: unknown, refer: Refer) => unknown;
  /** The value as a file says it, from what REST shows. */
  readonly fromRest?: (value: unknown, nameOf: NameOf) => unknown;
  /** Whether what is wanted is there already; both values are as REST's own table reads them. */
  readonly same?: (wanted: unknown, current: unknown, surroundings: Surroundings) => boolean;
  /** What a PUT says, where that is not what is wanted itself. */
  readonly change?: (wanted: unknown, current: unknown) => unknown;
  /** The value in JSON Schema, where REST's own table does not tell. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly isRequired?: true;
  /** Is never compared: it is what the object is found by, or cannot be seen. */
  readonly isFixed?: true;
}

/** The name of one object; `of` is what REST calls its id. */
export function reference(kind: NeutronKindName, attribute: string, doc: string): Field {
  return {
    doc,
    attribute,
    isRequired: true,
    refersTo: [kind],
    json: { type: 'string', minLength: 1 },
    toRest: (raw, refer) => refer(kind, raw, []),
    fromRest: (value, nameOf) => (typeof value === 'string' ? nameOf(kind, value) : value),
  };
}

/** The same items, in whatever order. */
export function sameItems(wanted: unknown, current: unknown): boolean {
  if (!Array.isArray(wanted) || !Array.isArray(current) || wanted.length !== current.length) return false;
  const rest = [...current];
  return wanted.every((item) => {
    const at = rest.findIndex((other) => isDeepStrictEqual(item, other));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

/** Each item of a list of objects, changed; what is no such list stays for REST's own words about it. */
export function eachItem(
  raw: unknown,
  change: (item: Readonly<Record<string, unknown>>, at: number) => unknown,
): unknown {
  return Array.isArray(raw) ? raw.map((item, at) => (isObject(item) ? change(item, at) : item)) : raw;
}

/** The object with one key replaced by another; without that key it stays as it is. */
export function renamed(
  item: Readonly<Record<string, unknown>>,
  key: string,
  attribute: string,
  value: (raw: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(item, key)) return item;
  const { [key]: raw, ...rest } = item;
  return { [attribute]: value(raw), ...rest };
}
