/** Options of every engine. */
export interface StoreOptions {
  /** Changes that the log keeps for `watch`; a commit of many objects counts as many. */
  readonly logLength?: number;
}

export const LOG_LENGTH = 10_000;
