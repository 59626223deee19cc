/** Priority bands: a flow's band says why it wins over another of its table. */
export const band = {
  /** Refusals that no other flow may overrule. */
  veto: 2000,
  /** One exact thing: a port, a MAC, a key. */
  exact: 1000,
  /** A range of things, less than one exact thing in it; where ranges of a table meet, they agree. */
  range: 500,
  /** A class of things: all multicast, any source. */
  broad: 100,
  /** Whatever nothing else of the table knows. */
  fallback: 10,
} as const;
/** The table-miss flow's priority (OF 1.3.5, 5.4). */
export const MISS_PRIORITY = 0;
