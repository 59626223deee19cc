/** Something that takes memory on behalf of an address. */
export interface Weighed {
  readonly address: string;
  /** Bytes. */
  readonly bytes: number;
}

/**
 * Who has to go when all together take more than `limit` bytes: the largest of the address that takes most, so that one
 * address cannot push out the others. Undefined while they fit.
 */
export function tooHeavy<T extends Weighed>(all: Iterable<T>, limit: number): T | undefined {
  const byAddress = new Map<string, { readonly largest: T; readonly bytes: number }>();
  let total = 0;
  for (const one of all) {
    total += one.bytes;
    const found = byAddress.get(one.address);
    const largest = found !== undefined && found.largest.bytes >= one.bytes ? found.largest : one;
    byAddress.set(one.address, { largest, bytes: (found?.bytes ?? 0) + one.bytes });
  }
  if (total <= limit) return undefined;
  return [...byAddress.values()].reduce((most, each) => (each.bytes > most.bytes ? each : most)).largest;
}
