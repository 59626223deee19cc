import { isDeepStrictEqual } from 'node:util';
import type { ResourceRecord } from '#controller/store/records';
import type { Context } from '../resource/resource.ts';

/** Columns that every resource begins with. */
export function newRecord(
  { id, projectId }: { readonly id: string; readonly projectId: string },
  { name, description }: { readonly name: string; readonly description: string },
  { now }: Context,
  revisionNumber: number,
): ResourceRecord {
  return { id, name, description, projectId, createdAt: now, updatedAt: now, revisionNumber };
}

/** New values of some columns; undefined leaves a column as it is. */
export type Columns<R> = { readonly [K in keyof R]?: R[K] | undefined };

/** The record with some columns changed: revision and time move on, unless nothing really changed. */
export function changed<R extends ResourceRecord>(record: R, columns: Columns<R>, context: Context): R {
  const given = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  const after = { ...record, ...given };
  return isDeepStrictEqual(after, record) ? record : bumped(after, context);
}

/** The record with its revision and time moved on. */
export function bumped<R extends ResourceRecord>(record: R, { now }: Context): R {
  return { ...record, updatedAt: now, revisionNumber: record.revisionNumber + 1 };
}
