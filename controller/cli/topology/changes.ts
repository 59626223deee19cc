import { isDeepStrictEqual } from 'node:util';
import { NeutronFault } from '#controller/api/faults';
import { convert } from '#controller/api/resource/body';
import type { ApiObject } from '../client/objects.ts';
import type { NameOf, Surroundings } from './field.ts';
import type { Item } from './item.ts';
import { TOPOLOGY_KINDS } from './kinds.ts';
import { tagsOf, wantedTags } from './owner.ts';
import type { Problem } from './problem.ts';
import { attributeOf } from './read-item.ts';

/** What has to change of an object so that it is what an item says. */
export interface Changes {
  /** For people, a line each. */
  readonly lines: readonly string[];
  /** Attributes of a PUT. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** All tags; undefined if they stay. */
  readonly tags: readonly string[] | undefined;
  /** Fields that no PUT can change. */
  readonly problems: readonly Problem[];
}

/** Compares an object with what an item says of it; fields that it doesn't say are left as they are. */
export function changesOf(
  item: Item,
  wanted: Readonly<Record<string, unknown>>,
  object: ApiObject,
  options: {
    readonly ownTag: string | undefined;
    readonly isAutoAddressed: (subnetId: string) => boolean;
    readonly nameOf: NameOf;
  },
): Changes {
  const kind = TOPOLOGY_KINDS[item.kind];
  const lines: string[] = [];
  const attributes: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const surroundings: Surroundings = { current: object, isAutoAddressed: options.isAutoAddressed };
  for (const [name, said] of Object.entries(item.raw)) {
    const field = kind.fields[name];
    if (field === undefined || field.isFixed || name === 'tags') continue;
    const attribute = attributeOf(kind, name);
    const [want, have] = [wanted[attribute], object[attribute]];
    // Not shown to this caller, so that nobody can tell.
    if (!Object.hasOwn(object, attribute)) continue;
    const same = field.same ?? isDeepStrictEqual;
    if (
      same(readAs(kind.attributes, attribute, want), readAs(kind.attributes, attribute, have), surroundings)
    )
      continue;
    const shown = field.fromRest?.(have, options.nameOf) ?? have;
    const change = `${inline(shown)} → ${inline(said)}`;
    if (kind.attributes[attribute]?.update) {
      lines.push(`${name}: ${change}`);
      attributes[attribute] = field.change?.(want, have) ?? want;
    } else {
      problems.push({
        place: item.placeOf([name]),
        message: `${item.label}: Cannot update read-only attribute ${name} (${change}): delete the ${kind.name} first, or give this one another name`,
      });
    }
  }
  const before = tagsOf(object);
  const tags = kind.hasTags ? wantedTags(item.tags, before, options.ownTag) : before;
  const isTagged = isDeepStrictEqual([...before].sort(), tags);
  if (!isTagged) lines.push(`tags: ${inline(before)} → ${inline(tags)}`);
  return { lines, attributes, tags: isTagged ? undefined : tags, problems };
}

/** A value as REST's table reads it, so that two ways to say the same are the same. */
function readAs(
  table: (typeof TOPOLOGY_KINDS)[keyof typeof TOPOLOGY_KINDS]['attributes'],
  attribute: string,
  value: unknown,
): unknown {
  const schema = table[attribute]?.value;
  if (schema === undefined) return value;
  try {
    return convert(attribute, schema, value);
  } catch (error) {
    // What is shown cannot always be sent, such as null for a segment that there is not.
    if (error instanceof NeutronFault) return value;
    throw error;
  }
}

/** A value on one line, short. */
export function inline(value: unknown): string {
  const text = typeof value === 'string' && value !== '' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
