import type { AnyFact } from '#apps';

/** Whether two facts say the same, or neither holds. Facts are plain data, which this compares several times as fast as Node.js does. */
export function sameFact(a: AnyFact | undefined, b: AnyFact | undefined): boolean {
  return isSame(a, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && areSame(a, b);
  return haveSame(a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>);
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (!isSame(a[at], b[at])) return false;
  return true;
}

function haveSame(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  let left = 0;
  for (const key in a) {
    if (!(key in b) || !isSame(a[key], b[key])) return false;
    left++;
  }
  for (const _ in b) left--;
  return left === 0;
}
