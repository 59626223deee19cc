import type { StoreView } from '#controller/store/store';
import type { Attributes } from './attribute.ts';
import type { ListQuery, SortKey } from './query.ts';

interface Identified {
  readonly id: string;
}

export interface Page<R> {
  readonly items: readonly R[];
  /** Whether there may be more in each direction, as Neutron judges it. */
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/**
 * The records of one page. `records` come in ascending order of id, which is also the order without sort keys
 * and the last key of any other. `marker` is the record next to the page, on the side where it begins.
 */
export function pageOf<R extends Identified>(
  records: readonly R[],
  query: ListQuery<R>,
  marker: R | undefined,
  attributes: Attributes<R>,
  store: StoreView,
): Page<R> {
  const { limit, pageReverse } = query;
  const compare = comparison(query.sort, attributes, store);
  const ordered = query.sort.length === 0 ? records : [...records].sort(compare);
  const isBeyond = (record: R) =>
    marker === undefined || (pageReverse ? compare(record, marker) < 0 : compare(record, marker) > 0);
  const items: R[] = [];
  const [start, step] = pageReverse && limit > 0 ? [ordered.length - 1, -1] : [0, 1];
  for (let at = start; limit === 0 || items.length < limit; at += step) {
    const record = ordered[at];
    if (record === undefined) break;
    if (isBeyond(record) && query.matches(record, store)) items.push(record);
  }
  if (step === -1) items.reverse();
  return {
    items,
    hasNext: limit > 0 && items.length === limit,
    hasPrevious: limit > 0,
  };
}

/** Links to the neighbouring pages: the same URL with another marker. */
export function linksOf<R extends Identified>(
  page: Page<R>,
  url: URL,
): readonly { rel: string; href: string }[] {
  const link = (rel: 'next' | 'previous', neighbour: R | undefined) => {
    const target = new URL(url);
    target.searchParams.delete('marker');
    target.searchParams.delete('page_reverse');
    if (neighbour !== undefined) target.searchParams.append('marker', neighbour.id);
    if (rel === 'previous') target.searchParams.append('page_reverse', 'True');
    return { rel, href: target.href };
  };
  return [
    ...(page.hasNext ? [link('next', page.items.at(-1))] : []),
    ...(page.hasPrevious ? [link('previous', page.items[0])] : []),
  ];
}

function comparison<R extends Identified>(
  sort: readonly SortKey[],
  attributes: Attributes<R>,
  store: StoreView,
): (a: R, b: R) => number {
  const keys = sort.map(({ name, descending }) => {
    const view = attributes[name]?.view;
    return { read: (record: R) => view?.(record, store), sign: descending ? -1 : 1 };
  });
  return (a, b) => {
    for (const { read, sign } of keys) {
      const order = compareValues(read(a), read(b));
      if (order !== 0) return order * sign;
    }
    return compareValues(a.id, b.id);
  };
}

/** Nulls first; otherwise values of one attribute are all texts, numbers, or booleans. */
function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return a < b ? -1 : 1;
}
