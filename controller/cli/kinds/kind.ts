import type { z } from 'zod';
import type { Api } from '../client/client.ts';
import { type ApiObject, type Collection, listObjects, type Query, showObject } from '../client/objects.ts';
import { CliError } from '../error.ts';
import type { KindName } from './names.ts';
import type { Related } from './related.ts';

/** A line of a description: what, and one or several values. */
export type Fact = readonly [label: string, value: string | readonly string[]];

/** One kind of objects, and how people want to see them. */
export interface Kind {
  readonly name: KindName;
  readonly plural: string;
  /** Other words for it on the command line. */
  readonly short: readonly string[];
  /** Whether each object belongs to a project. */
  readonly isOwned: boolean;
  /** The name that its user gave an object; '' if none. */
  nameOf(object: ApiObject): string;
  list(api: Api, query: Query): Promise<readonly ApiObject[]>;
  show(api: Api, id: string): Promise<ApiObject>;
  remove(api: Api, id: string): Promise<void>;
  /** Heads of the columns of a table. */
  heads(isWide: boolean): readonly string[];
  /** Cells of a table's row. */
  row(object: ApiObject, isWide: boolean, related: Related): readonly string[];
  /** Everything worth knowing about an object, in the words of tenants. */
  describe(object: ApiObject, api: Api): Promise<readonly Fact[]>;
  /** What keeps an object from being deleted, each as `port vm1 (id)`; empty when nothing is known. */
  inTheWay(object: ApiObject, api: Api): Promise<readonly string[]>;
  /** Kinds whose names the table mentions. */
  readonly mentions: readonly KindName[];
}

/** A column of a table. */
export interface Column<T> {
  readonly head: string;
  /** Shown only on `-o wide`, or only without. */
  readonly only?: 'wide' | 'narrow';
  readonly cell: (object: T, related: Related) => string;
}

/** What a kind of Neutron's says about itself; the rest of Kind is the same for all of them. */
export interface NeutronKind<T> {
  readonly name: KindName;
  readonly short: readonly string[];
  readonly collection: Collection;
  /** Those attributes that are shown. */
  readonly schema: z.ZodType<T>;
  readonly mentions: readonly KindName[];
  readonly columns: readonly Column<T>[];
  readonly describe: (object: T, api: Api) => Promise<readonly Fact[]>;
  readonly inTheWay?: (object: T, api: Api) => Promise<readonly string[]>;
}

/** Completes a kind of Neutron's. */
export function neutronKind<T extends { readonly id: string; readonly name?: string | undefined }>(
  kind: NeutronKind<T>,
): Kind {
  const { name, short, collection, schema, mentions } = kind;
  const read = reader(schema, collection.path);
  return {
    name,
    plural: `${name}s`,
    short,
    isOwned: true,
    mentions,
    nameOf: (object) => read(object).name ?? '',
    list: (api, query) => listObjects(api, collection, query),
    show: (api, id) => showObject(api, collection, id),
    remove: async (api, id) => {
      await api.request('DELETE', `${collection.path}/${encodeURIComponent(id)}`);
    },
    ...tableOf(kind.columns, read),
    describe: (object, api) => kind.describe(read(object), api),
    inTheWay: async (object, api) => kind.inTheWay?.(read(object), api) ?? [],
  };
}

/** The part of a kind that makes its table. */
export function tableOf<T>(
  columns: readonly Column<T>[],
  read: (object: ApiObject) => T,
): Pick<Kind, 'heads' | 'row'> {
  const shown = (isWide: boolean) => columns.filter(({ only }) => only !== (isWide ? 'narrow' : 'wide'));
  return {
    heads: (isWide) => shown(isWide).map(({ head }) => head),
    row: (object, isWide, related) => {
      const typed = read(object);
      return shown(isWide).map(({ cell }) => cell(typed, related));
    },
  };
}

/** Reads what a controller answers; another version may answer otherwise. */
export function reader<T>(schema: z.ZodType<T>, path: string): (object: ApiObject) => T {
  return (object) => {
    const parsed = schema.safeParse(object);
    if (parsed.success) return parsed.data;
    throw new CliError(
      `${path} does not answer like this version of tenantflow: ${parsed.error.issues[0]?.path.join('.')}`,
    );
  };
}
