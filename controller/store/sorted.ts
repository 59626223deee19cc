/** A collection in ascending order of id; the two arrays run in parallel. Neither is ever changed. */
export interface Sorted<V> {
  readonly ids: readonly string[];
  readonly values: readonly V[];
}

/** `base` with some ids changed (undefined: deleted), in one linear pass. */
export function merge<V>(base: Sorted<V>, changes: ReadonlyMap<string, V | undefined>): Sorted<V> {
  if (changes.size === 0) return base;
  const ids: string[] = [];
  const values: V[] = [];
  const push = (id: string, value: V | undefined) => {
    if (value === undefined) return;
    ids.push(id);
    values.push(value);
  };
  const changed = [...changes.keys()].sort();
  let next = 0;
  for (const [at, id] of base.ids.entries()) {
    for (; isBefore(changed[next], id); next++) pushChange(changed[next]);
    if (changed[next] === id) pushChange(changed[next++]);
    else push(id, base.values[at]);
  }
  for (; next < changed.length; next++) pushChange(changed[next]);
  return { ids, values: Object.freeze(values) };

  function pushChange(id: string | undefined): void {
    if (id !== undefined) push(id, changes.get(id));
  }
}

function isBefore(candidate: string | undefined, id: string): boolean {
  return candidate !== undefined && candidate < id;
}
