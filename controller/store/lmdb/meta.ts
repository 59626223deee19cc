import { crc32 } from 'node:zlib';
import type { Snapshot } from '../store.ts';
import type { Digest } from './checked.ts';
import type { Owner } from './owner.ts';

/** What the tree `meta` holds, as JSON. Who opens a store reads `schema` and `owner` before anything else. */
export interface Meta {
  readonly schema: number;
  readonly owner: Owner;
  readonly history: string;
  readonly revision: number;
  readonly counters: Snapshot['counters'];
  /** What stands for all entries of the other trees. */
  readonly digests: { readonly objects: Digest; readonly log: Digest };
  /** Something large, for a moment, to see whether there is room for it. */
  readonly probe?: string;
  /** CRC-32 of all of these but the owner and the probe. */
  readonly check: number;
}

/** What `check` has to be. */
export function checkOfMeta(get: (key: keyof Meta) => unknown): number {
  const kept = (['schema', 'history', 'revision', 'counters', 'digests'] as const).map(
    (key) => get(key) ?? null,
  );
  return crc32(JSON.stringify(kept));
}
