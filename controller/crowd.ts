/** How many may be in a place, of all addresses together and of each. */
export interface Places {
  readonly all: number;
  readonly each: number;
}

/**
 * Who has to go when a place is too full: the oldest of the address that takes most of the room, so that one address
 * cannot keep all others out. `crowd` is in order of arrival. Undefined while there is room.
 */
export function tooMany<T extends { readonly address: string }>(
  crowd: Iterable<T>,
  { all, each }: Places,
): T | undefined {
  const byAddress = new Map<string, { readonly oldest: T; count: number }>();
  let total = 0;
  for (const one of crowd) {
    total += 1;
    const found = byAddress.get(one.address);
    if (found) found.count += 1;
    else byAddress.set(one.address, { oldest: one, count: 1 });
  }
  let most: { readonly oldest: T; readonly count: number } | undefined;
  for (const found of byAddress.values()) if (!most || found.count > most.count) most = found;
  return most && (total > all || most.count > each) ? most.oldest : undefined;
}
