import { isObject, type JsonObject } from '#controller/base/json-object';
import { fault } from '../faults.ts';
import type { Attributes } from './attribute.ts';
import type { RefusalKind } from './values.ts';

/** Nesting that no honest request reaches; deeper ones could exhaust the stack of whoever walks them. */
const DEEPEST = 32;
/** Characters that JSON's structure is made of (RFC 8259, 2 and 7). */
const CODE = {
  ...{ quote: 0x22, backslash: 0x5c },
  ...{ bracket: 0x5b, brace: 0x7b, closedBracket: 0x5d, closedBrace: 0x7d },
} as const;
/** Resources in one bulk request: what one transaction may take of the event loop's time. */
const MOST_IN_BULK = 5_000;

/** Parses a request's text; it must be a JSON object. */
export function parseBody(text: string): JsonObject {
  const body = isTooDeep(text) ? undefined : jsonIn(text === '' ? '{}' : text);
  if (!isObject(body)) throw fault('HTTPBadRequest', 'Body contains invalid data');
  return body;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The one object of a body, `{"network": {…}}`. */
export function singleIn(body: JsonObject, singular: string): JsonObject {
  const found = Object.hasOwn(body, singular) ? body[singular] : undefined;
  if (found === undefined || found === null)
    throw fault('HTTPBadRequest', `Unable to find '${singular}' in request body`);
  if (!isObject(found)) throw fault('HTTPBadRequest', `Object '${singular}' contains invalid data`);
  return found;
}

/** The objects of a bulk body, `{"networks": [{…}]}`; undefined if it is not one. */
export function bulkIn(
  body: JsonObject,
  singular: string,
  plural: string,
): readonly JsonObject[] | undefined {
  if (!Object.hasOwn(body, plural)) return undefined;
  const items: unknown = body[plural];
  if (typeof items === 'object' && Object.keys(items ?? {}).length === 0)
    throw fault('HTTPBadRequest', 'Resources required');
  if (!Array.isArray(items)) throw fault('HTTPBadRequest', `Object '${plural}' contains invalid data`);
  if (items.length > MOST_IN_BULK)
    throw fault('HTTPBadRequest', `A bulk request may hold ${MOST_IN_BULK} ${plural}, not ${items.length}`);
  return items.map((item: unknown) => {
    // Each item is the bare object, or wrapped as a single one would be.
    const wrapped = isObject(item) && Object.hasOwn(item, singular) ? item[singular] : item;
    if (!isObject(wrapped)) throw fault('HTTPBadRequest', 'Body contains invalid data');
    return wrapped;
  });
}

/** A POST's attributes, checked and converted, with initial values filled in. */
export function createInput(attributes: Attributes<never>, sent: JsonObject): JsonObject {
  checkKnown(attributes, sent);
  for (const [name, { value, required }] of Object.entries(attributes)) {
    if (value === undefined && Object.hasOwn(sent, name))
      throw fault('HTTPBadRequest', `Attribute '${name}' not allowed in POST`);
    if (required && !Object.hasOwn(sent, name))
      throw fault('HTTPBadRequest', `Failed to parse request. Required attribute '${name}' not specified`);
  }
  const input: Record<string, unknown> = {};
  for (const [name, { value, initial }] of Object.entries(attributes)) {
    if (value === undefined) continue;
    input[name] = Object.hasOwn(sent, name) ? convert(name, value, sent[name]) : initial;
  }
  return input;
}

/** A PUT's attributes, checked and converted. */
export function updateInput(attributes: Attributes<never>, sent: JsonObject): JsonObject {
  checkKnown(attributes, sent);
  for (const [name, { update }] of Object.entries(attributes))
    if (!update && Object.hasOwn(sent, name))
      throw fault('HTTPBadRequest', `Cannot update read-only attribute ${name}`);
  const input: Record<string, unknown> = {};
  for (const [name, { value }] of Object.entries(attributes))
    if (value !== undefined && Object.hasOwn(sent, name)) input[name] = convert(name, value, sent[name]);
  return input;
}

function checkKnown(attributes: Attributes<never>, sent: JsonObject): void {
  const unknown = Object.keys(sent).filter((name) => !Object.hasOwn(attributes, name));
  if (unknown.length > 0)
    throw fault('HTTPBadRequest', `Unrecognized attribute(s) '${unknown.join(', ').slice(0, 300)}'`);
}

/** A value as its schema reads it; throws the NeutronFault that words what is wrong with it. */
export function convert(
  name: string,
  schema: NonNullable<Attributes<never>[string]['value']>,
  raw: unknown,
): unknown {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const message = issue?.message ?? '';
  const kind: RefusalKind = issue?.code === 'custom' ? issue.params?.kind : 'attribute';
  if (kind === 'conversion') throw fault('InvalidInput', message);
  if (kind === 'sentence') throw fault('HTTPBadRequest', message);
  throw fault('HTTPBadRequest', `Invalid input for ${name}. Reason: ${message}.`);
}

/** Before anything is made of it: a million brackets take a parser half a second, in which nobody else is served. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString && code === CODE.backslash) at++;
    else if (code === CODE.quote) isInString = !isInString;
    else if (isInString) continue;
    else if (code === CODE.bracket || code === CODE.brace) {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if (code === CODE.closedBracket || code === CODE.closedBrace) depth -= 1;
  }
  return false;
}
