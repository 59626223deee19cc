import { OvsdbError } from '../errors.ts';

/** Any JSON value, as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** An object's own member; never something inherited, whatever name a peer sends. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The value as an object. Throws OVSDB_PROTOCOL, naming `what`. */
export function expectObject(value: Json | undefined, what: string): JsonObject {
  if (!isObject(value)) throw new OvsdbError('OVSDB_PROTOCOL', { what, expected: 'object' });
  return value;
}

/** The value as an array. Throws OVSDB_PROTOCOL, naming `what`. */
export function expectArray(value: Json | undefined, what: string): readonly Json[] {
  if (!isArray(value)) throw new OvsdbError('OVSDB_PROTOCOL', { what, expected: 'array' });
  return value;
}

/** The value as a string. Throws OVSDB_PROTOCOL, naming `what`. */
export function expectString(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw new OvsdbError('OVSDB_PROTOCOL', { what, expected: 'string' });
  return value;
}
