import type { z } from 'zod';
import type { OwnedRecord, ResourceRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import type { NetworkSettings } from '../settings.ts';
import type { Action, Right } from './policy.ts';
import { text } from './values.ts';

/**
 * One attribute of a resource, everything about it in one row: how it is read, written, filtered, and sorted.
 * Bodies, views, queries, and their errors are derived from these rows.
 */
export interface Attribute<R> {
  /** The value that clients see. Absent: the attribute is accepted but not shown. */
  readonly view?: (record: R, store: StoreView) => unknown;
  /** What a GET or PUT of the single resource shows instead, where it says more than a list. */
  readonly itemView?: (record: R, store: StoreView) => unknown;
  /** JSON schema of what is shown, where it is not that of what is written. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** What clients may write. Absent: the attribute is read-only. */
  readonly value?: z.ZodType<unknown, unknown>;
  /** Must be in a POST. */
  readonly required?: true;
  /** What a POST without it means. */
  readonly initial?: unknown;
  /** May be in a PUT. */
  readonly update?: true;
  /** Reads a query's text for comparison; throws Refusal. Absent: not a filter. */
  readonly filter?: (text: string) => unknown;
  /** May be a sort_key. */
  readonly sort?: true;
  /** Only admins are shown it, as a filter and sort key too; or only they and the record's project, of those who see the record. */
  readonly read?: 'admin' | 'owner';
  /** Who may write it, where that is not whoever may write the record; it may depend on the converted value. */
  readonly write?: Right | ((value: unknown, action: Action) => Right);
  /** Keys of its items that Neutron's policy has rules of their own for, which refusals name. */
  readonly parts?: readonly string[];
  /** Whether the operator offers it; absent: always. What is not offered is an unknown attribute. */
  readonly offered?: (settings: NetworkSettings) => boolean;
}

export type Attributes<R> = Readonly<Record<string, Attribute<R>>>;

/** The attributes that clients of this server know. */
export function offeredAttributes<A extends Attributes<never>>(attributes: A, settings: NetworkSettings): A {
  const offered = Object.entries(attributes).filter(([, row]) => row.offered?.(settings) ?? true);
  return Object.fromEntries(offered) as A;
}

type Value<A> = A extends { readonly value: z.ZodType<infer T, unknown> } ? T : never;
type Writable<A> = { [K in keyof A]: A[K] extends { readonly value: unknown } ? K : never }[keyof A];
type Updatable<A> = { [K in keyof A]: A[K] extends { readonly update: true } ? K : never }[keyof A];
type Sure = { readonly required: true } | { readonly initial: unknown };

/** A POST's attributes after conversion; undefined where neither sent nor given an initial value. */
export type CreateInput<A> = {
  readonly [K in Writable<A>]: A[K] extends Sure ? Value<A[K]> : Value<A[K]> | undefined;
};
/** A PUT's attributes after conversion; only those that were sent. */
export type UpdateInput<A> = { readonly [K in Updatable<A>]?: Value<A[K]> };

/** Filter that compares text as it is. */
export const asText = (value: string): string => value;

/** Characters of a project's id. */
export const LONGEST_PROJECT = 255;

/** Attributes of everything that a project owns. */
export const OWNED = {
  id: { json: { type: 'string' }, view: ({ id }) => id, filter: asText, sort: true },
  description: {
    value: text(255),
    initial: '',
    update: true,
    view: ({ description }) => description,
    filter: asText,
    sort: true,
  },
  project_id: {
    value: text(LONGEST_PROJECT),
    view: ({ projectId }) => projectId,
    filter: asText,
    sort: true,
  },
  /** The older name of project_id: always equal to it. */
  tenant_id: { value: text(LONGEST_PROJECT), view: ({ projectId }) => projectId, filter: asText, sort: true },
  created_at: { json: { type: 'string', format: 'date-time' }, view: ({ createdAt }) => createdAt },
  updated_at: { json: { type: 'string', format: 'date-time' }, view: ({ updatedAt }) => updatedAt },
  revision_number: {
    json: { type: 'integer' },
    view: ({ revisionNumber }) => revisionNumber,
    filter: Number,
    sort: true,
  },
} as const satisfies Attributes<OwnedRecord>;

/** Attributes of every resource that has a name. */
export const COMMON = {
  ...OWNED,
  name: { value: text(255), initial: '', update: true, view: ({ name }) => name, filter: asText, sort: true },
  tags: { json: { type: 'array', items: { type: 'string' } }, view: ({ tags }) => tags },
} as const satisfies Attributes<ResourceRecord>;
