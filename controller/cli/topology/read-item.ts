import { NeutronFault } from '#controller/api/faults';
import { COMMON } from '#controller/api/resource/attribute';
import { convert } from '#controller/api/resource/body';
import { parseCidr } from '#controller/base/addresses';
import { isObject } from '#controller/base/json-object';
import { guess } from '../near.ts';
import { type Item, type Reference, tokenFor } from './item.ts';
import type { TopologyKind } from './kinds.ts';
import type { Problem } from './problem.ts';
import type { Path, SourceDocument } from './source.ts';

/** Where an item stands, and what it takes from there. */
export interface Surrounding {
  readonly document: SourceDocument;
  readonly path: Path;
  /** A number of its own, over all files. */
  readonly serial: number;
  readonly project: string | undefined;
  readonly parent: Item | undefined;
  /** Keys of the lists that it may hold. */
  readonly lists: readonly string[];
  readonly report: (problem: Problem) => void;
}

/** Reads and checks one item, as REST would; undefined when it is none. What is wrong is reported. */
export function readItem(kind: TopologyKind, value: unknown, surrounding: Surrounding): Item | undefined {
  const { document, path, serial, parent, lists, report } = surrounding;
  const placeOf = (inside: Path = []) => document.placeOf([...path, ...inside]);
  if (!isObject(value)) {
    report({ place: placeOf(), message: `a ${kind.name} is said by its fields, such as \`name: …\`` });
    return undefined;
  }
  const name = typeof value.name === 'string' ? value.name : '';
  const label = labelOf(kind, value, parent);
  const token = tokenFor('item', String(serial));
  const complain = (field: string | undefined, message: string) =>
    report({ place: placeOf(field === undefined ? [] : [field]), message: `${label}: ${message}` });
  const complainOfKey = (field: string, message: string) =>
    report({ place: document.placeOfKey([...path, field]), message: `${label}: ${message}` });
  const references: Reference[] = [];
  const attributes: Record<string, unknown> = {};
  const raw: Record<string, unknown> = {};
  if (parent !== undefined && kind.within !== undefined) attributes[kind.within.attribute] = parent.token;

  for (const [field, said] of Object.entries(value)) {
    if (lists.includes(field)) continue;
    const known = Object.hasOwn(kind.fields, field) ? kind.fields[field] : undefined;
    if (known === undefined) {
      complainOfKey(field, unknownField(kind, field, lists));
      continue;
    }
    if (parent !== undefined && field === kind.within?.reference) {
      complainOfKey(field, `its place says its ${field}: leave this out`);
      continue;
    }
    raw[field] = said;
    const attribute = attributeOf(kind, field);
    const rest =
      known.toRest?.(said, (target, named, inside) => {
        if (typeof named !== 'string' || named === '') {
          report({
            place: placeOf([field, ...inside]),
            message: `${label}: a ${target} is said by its name, and ${JSON.stringify(named)} is none`,
          });
          return named;
        }
        // One for each item, because what a name means depends on the project and the network of who says it.
        const reference = tokenFor('reference', token, target, named);
        references.push({ token: reference, kind: target, name: named, place: placeOf([field, ...inside]) });
        return reference;
      }) ?? said;
    const problem = checked(kind, field, attribute, rest);
    if (problem === undefined) attributes[attribute] = rest;
    else complain(field, problem);
  }
  if (kind.name === 'subnet' && attributes.ip_version === undefined && typeof attributes.cidr === 'string')
    attributes.ip_version = parseCidr(attributes.cidr)?.version ?? 4;
  for (const field of missingIn(kind, attributes))
    complain(undefined, `Failed to parse request. Required attribute '${field}' not specified`);
  if (kind.name === 'port' && name === '' && attributes.mac_address === undefined)
    complain(undefined, 'it needs a name, or a mac_address to be found again by');
  if (kind.fields.name?.isRequired && value.name === '')
    complain('name', 'it is found again by its name, which is empty');
  const { tags, project_id: ownProject, ...rest } = attributes;
  return {
    kind: kind.name,
    token,
    name,
    label,
    project: typeof ownProject === 'string' ? ownProject : (parent?.project ?? surrounding.project),
    parent: parent?.token,
    raw,
    attributes: rest,
    tags: Array.isArray(tags) ? [...new Set(tags.map(String))].sort() : undefined,
    hasRules: Object.hasOwn(value, 'rules'),
    references,
    placeOf,
  };
}

/** What is wrong with the value of a field, in REST's words. */
function checked(kind: TopologyKind, field: string, attribute: string, value: unknown): string | undefined {
  if (field === 'tags') return checkedTags(value);
  // A group called `default` is the one that its project has: REST only refuses to make it.
  const table = field === 'name' ? COMMON.name : kind.attributes[attribute];
  if (table?.value === undefined) return `Attribute '${field}' not allowed in POST`;
  try {
    convert(field, table.value, value);
    return undefined;
  } catch (error) {
    if (error instanceof NeutronFault) return error.message;
    throw error;
  }
}

function checkedTags(value: unknown): string | undefined {
  if (!Array.isArray(value))
    return `Invalid input for tags. Reason: '${JSON.stringify(value)}' is not a list.`;
  const wrong = value.find((tag) => typeof tag !== 'string' || tag === '' || tag.length > 255);
  return wrong === undefined
    ? undefined
    : `Invalid input for tags. Reason: ${JSON.stringify(wrong)} is no tag: a text of up to 255 characters.`;
}

/**
 * Fields that have to be there and are not, be it because REST wants them, or because without them an item can't be
 * found again.
 */
function missingIn(kind: TopologyKind, attributes: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(kind.fields)
    .filter(([field, { isRequired }]) => isRequired || kind.attributes[attributeOf(kind, field)]?.required)
    .filter(([field]) => attributes[attributeOf(kind, field)] === undefined)
    .map(([field]) => field);
}

/** The attribute of REST that a field becomes. */
export function attributeOf(kind: TopologyKind, field: string): string {
  return kind.fields[field]?.attribute ?? field;
}

function unknownField(kind: TopologyKind, field: string, lists: readonly string[]): string {
  const instead = Object.entries(kind.fields).find(([, { attribute }]) => attribute === field)?.[0];
  if (instead !== undefined) return `files go by names: say ${instead} instead of ${field}`;
  if (Object.hasOwn(kind.attributes, field)) return `Attribute '${field}' not allowed in POST`;
  const known = [...Object.keys(kind.fields), ...lists];
  return `Unrecognized attribute(s) '${field.slice(0, 300)}'${guess(field, known)}`;
}

function labelOf(
  kind: TopologyKind,
  value: Readonly<Record<string, unknown>>,
  parent: Item | undefined,
): string {
  const own = [value.name, value.cidr, value.mac_address].find(
    (each) => typeof each === 'string' && each !== '',
  );
  if (own !== undefined) return `${kind.name} ${own}`;
  if (kind.name === 'trunk' && typeof value.port === 'string') return `trunk of ${value.port}`;
  return parent === undefined ? kind.name : `${kind.name} of ${parent.label}`;
}
