import { StoreError } from '#controller/store/errors';
import type { Store } from '#controller/store/store';
import { fault } from '../faults.ts';
import { show } from '../resource/values.ts';

/** How far somebody has read: a revision, and if known the history that it counts in. */
export interface Cursor {
  readonly history: string | undefined;
  readonly revision: number;
}

/** Reads `REVISION` or `HISTORY/REVISION`; throws a fault that names the parameter. */
export function readCursor(name: string, text: string): Cursor {
  const [, history, revision] = /^(?:([0-9A-Za-z-]{1,64})\/)?(\d{1,15})$/.exec(text) ?? [];
  if (revision === undefined)
    throw fault('HTTPBadRequest', `Invalid input for ${name}. Reason: '${show(text)}' is not a revision.`);
  return { history, revision: Number(revision) };
}

/** `HISTORY/REVISION`. */
export function formatCursor({ history }: Store, revision: number): string {
  return `${history}/${revision}`;
}

/** Whether an error of the store says that reading cannot go on from where it was. */
export function isLost(error: unknown): boolean {
  return error instanceof StoreError && (error.code === 'STORE_COMPACTED' || error.code === 'STORE_AHEAD');
}
