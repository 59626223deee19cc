import { createHash } from 'node:crypto';
import type { NeutronKindName } from '../kinds/related.ts';
import type { Place } from './problem.ts';
import type { Path } from './source.ts';

/** An object that a topology wants, as its file says it. */
export interface Item {
  readonly kind: NeutronKindName;
  /** Stands for its id until that is known; the same in each run over the same files. */
  readonly token: string;
  /** '' where it has none. */
  readonly name: string;
  /** How messages call it: `port vm1`. */
  readonly label: string;
  /** The project that it says, or its file. */
  readonly project: string | undefined;
  /** The token of the item whose list holds it. */
  readonly parent: string | undefined;
  /** What the file says, by field. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** The same as attributes of REST, checked by it; tokens stand where ids will be. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[] | undefined;
  /** Whether the file lists its rules, or it is left with those that it has. */
  readonly hasRules: boolean;
  readonly references: readonly Reference[];
  /** Of the item, or of a field in it. */
  readonly placeOf: (path?: Path) => Place;
}

/** A name in a file that stands for an object. */
export interface Reference {
  /** Stands where the id will be. */
  readonly token: string;
  readonly kind: NeutronKindName;
  readonly name: string;
  readonly place: Place;
}

/** Everything that files of a topology say. */
export interface Topology {
  /** What objects are tagged with that it makes; undefined: it owns none. */
  readonly name: string | undefined;
  readonly items: readonly Item[];
}

/**
 * A UUID that stands for what is said by these texts, for as long as no real id is known. It has to be one, because
 * REST's tables take nothing else for an id.
 */
export function tokenFor(...texts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** A value in which each text that `idOf` knows is replaced, at any depth. */
export function substituted(value: unknown, idOf: (token: string) => string | undefined): unknown {
  if (typeof value === 'string') return idOf(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => substituted(each, idOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, substituted(each, idOf)]));
}
