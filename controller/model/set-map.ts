/** Adds a member to the set under a key. */
export function addTo<K, V>(map: Map<K, Set<V>>, key: K, member: V): void {
  const members = map.get(key);
  if (members) members.add(member);
  else map.set(key, new Set([member]));
}

/** Takes a member out of the set under a key, and the set out of the map when it was the last. */
export function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, member: V): void {
  const members = map.get(key);
  members?.delete(member);
  if (members?.size === 0) map.delete(key);
}
