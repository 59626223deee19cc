import { isDeepStrictEqual } from 'node:util';
import type { OwnedRecord, ResourceRecord } from '#controller/store/records';
import type { Context, NewIdentity } from '../resource/resource.ts';

/** Columns that everything owned by a project begins with. */
export function newOwned<D extends OwnedRecord['description']>(
  { id, projectId }: NewIdentity,
  { description }: { readonly description: D },
  { now }: Context,
  revisionNumber: number,
): OwnedRecord & { readonly description: D } {
  return { id, description, projectId, createdAt: now, updatedAt: now, revisionNumber };
}

/** Columns that every resource with a name begins with. */
export function newRecord(
  identity: NewIdentity,
  input: { readonly name: string; readonly description: string },
  context: Context,
  revisionNumber: number,
): ResourceRecord {
  return { ...newOwned(identity, input, context, revisionNumber), name: input.name, tags: [] };
}

/** New values of some columns; undefined leaves a column as it is. */
export type Columns<R> = { readonly [K in keyof R]?: R[K] | undefined };

/** The record with some columns changed: revision and time move on, unless nothing really changed. */
export function changed<R extends OwnedRecord>(
  record: R,
  columns: Columns<R>,
  context: Pick<Context, 'now'>,
): R {
  const given = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  const after = { ...record, ...given };
  return isDeepStrictEqual(after, record) ? record : bumped(after, context);
}

/** The record with its revision and time moved on. */
export function bumped<R extends OwnedRecord>(record: R, { now }: Pick<Context, 'now'>): R {
  return { ...record, updatedAt: now, revisionNumber: record.revisionNumber + 1 };
}
