import type { AnyFact } from '#apps';

/** How one switch's facts changed. */
export interface FactDelta {
  readonly gone: readonly AnyFact[];
  readonly come: readonly AnyFact[];
}

/** How the facts of the switch with this external_ids:system-id would change. */
export interface SwitchDelta extends FactDelta {
  readonly id: string;
  /** What earlier changes ask of it was still to be derived, and may be among these. */
  readonly isBehind: boolean;
}

/** What only facts of one kind and key share. */
export function factName({ kind, key }: { readonly kind: string; readonly key: number }): string {
  return `${kind} ${key}`;
}
