import type { ApiObject } from '../client/objects.ts';

/** Begins the tag that says to which topology an object belongs, and nothing else. */
const PREFIX = 'tenantflow:topology=';

/** The tag of what a topology has made. */
export function ownerTag(topology: string): string {
  return `${PREFIX}${topology}`;
}

/** Tags of an object. */
export function tagsOf({ tags }: ApiObject): readonly string[] {
  return Array.isArray(tags) ? tags.map(String) : [];
}

/** The topologies that an object belongs to; there is none for what somebody else made. */
export function ownersOf(object: ApiObject): readonly string[] {
  return tagsOf(object).flatMap((tag) => (tag.startsWith(PREFIX) ? [tag.slice(PREFIX.length)] : []));
}

/**
 * The tags that an object is to have. Whatever a file says of tags, nobody loses what belongs to a topology by it.
 */
export function wantedTags(
  said: readonly string[] | undefined,
  current: readonly string[],
  own: string | undefined,
): readonly string[] {
  const kept = said === undefined ? current : current.filter((tag) => tag.startsWith(PREFIX));
  return [...new Set([...(said ?? []), ...kept, ...(own === undefined ? [] : [own])])].sort();
}
