import { subscriberOf } from './addresses.ts';

/** How many may be in a place, of all addresses together and of each. */
export interface Places {
  readonly all: number;
  readonly each: number;
}

/** Where somebody comes from. */
export interface Whence {
  /** IP address, or '' of a peer that is gone. */
  readonly address: string;
  /** What one subscriber has: see `subscriberOf`. One has 2^64 addresses of IPv6, and many machines may share those. */
  readonly subscriber: string;
}

export function whence(address: string): Whence {
  return { address, subscriber: subscriberOf(address) };
}

/**
 * Who has to go when a place is too full: of all together, the oldest of the address that takes most of the subscriber
 * that takes most of the room, so that no subscriber can keep all others out, nor one machine its neighbours; of one address,
 * its oldest. `crowd` is in order of arrival. Undefined while there is room.
 */
export function tooMany<T extends Whence>(crowd: Iterable<T>, { all, each }: Places): T | undefined {
  const byAddress = new Map<string, { readonly oldest: T; count: number }>();
  const bySubscriber = new Map<string, number>();
  let total = 0;
  for (const one of crowd) {
    total += 1;
    bySubscriber.set(one.subscriber, (bySubscriber.get(one.subscriber) ?? 0) + 1);
    const found = byAddress.get(one.address);
    if (found) found.count += 1;
    else byAddress.set(one.address, { oldest: one, count: 1 });
  }
  const isFull = total > all;
  let most: { readonly oldest: T; readonly count: number } | undefined;
  const takes = ({ oldest, count }: { readonly oldest: T; readonly count: number }) =>
    [isFull ? (bySubscriber.get(oldest.subscriber) ?? 0) : 0, count] as const;
  for (const found of byAddress.values()) {
    const [ofSubscriber, ofAddress] = takes(found);
    const [mostOfSubscriber, mostOfAddress] = most ? takes(most) : [0, 0];
    if (ofSubscriber > mostOfSubscriber || (ofSubscriber === mostOfSubscriber && ofAddress > mostOfAddress))
      most = found;
  }
  return most && (isFull || most.count > each) ? most.oldest : undefined;
}
