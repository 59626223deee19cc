/** How much of the past the log keeps for `watch`: whatever exceeds either bound is forgotten, oldest first. */
export interface LogBounds {
  /** Changes; a commit of many objects counts as many. */
  readonly changes: number;
  /** Bytes of the changes as the disk keeps them. */
  readonly bytes: number;
}

/** Options of every engine. */
export interface StoreOptions {
  readonly log?: Partial<LogBounds>;
}

const LOG_BOUNDS: LogBounds = { changes: 10_000, bytes: 16 * 1024 * 1024 };

/** The bounds of a store's log: those given, and the defaults. */
export function logBounds(options: StoreOptions): LogBounds {
  return { ...LOG_BOUNDS, ...options.log };
}
