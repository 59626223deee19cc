import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './client/client.ts';
import { CliError } from './error.ts';
import type { KindName } from './kinds/names.ts';
import { readLines } from './lines.ts';

/** Milliseconds between looks where nothing tells of changes. */
const PACE = 2_000;
/** Characters of a line of the stream; a longer one counts as a change. */
const LONGEST_LINE = 1_000_000;
/** Milliseconds that changes are gathered for, so that many of them cost one look. */
const GATHER = 200;

/**
 * Says when it is time for another look: when the controller's stream of changes (`GET /v1/events`) tells of
 * something, or, where there is no such stream, after a while. Switches come and go without a change of the store,
 * so that they are always looked at after a while.
 */
export class Wakener {
  readonly #stop = new AbortController();
  /** What is in the data of each event about the kind. */
  readonly #mark: string;
  #isAwake = false;
  #wake: (() => void) | undefined;
  #hasStream = false;

  constructor(api: ApiClient, kind: KindName) {
    this.#mark = `"kind":"${kind.replaceAll('-', '_')}"`;
    if (kind !== 'switch') void this.#listen(api);
  }

  /** Resolves when it is time. */
  async next(): Promise<void> {
    const { signal } = this.#stop;
    if (!this.#isAwake) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      // A stream may fall silent for good without ending, so that it does not replace looking, only makes it rare.
      const pace = this.#hasStream ? PACE * 15 : PACE;
      await Promise.race([woken, sleep(pace, undefined, { signal })]);
    }
    if (this.#hasStream) await sleep(GATHER, undefined, { signal });
    this.#isAwake = false;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #listen(api: ApiClient): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const events = await api.stream('/v1/events', {
          accept: 'text/event-stream',
          patience: 90_000,
          signal,
        });
        this.#hasStream = true;
        for await (const lines of readLines(events, LONGEST_LINE))
          if (lines.some(({ text }) => text === undefined || this.#concerns(text))) this.#awake();
      } catch (error) {
        // Not served, or broken off: looking goes on at the pace of those who are told nothing.
        if (!(error instanceof CliError)) throw error;
      }
      this.#hasStream = false;
      this.#awake();
      await sleep(PACE, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether a line of the stream tells of a change of the kind, or that changes may have been missed. */
  #concerns(line: string): boolean {
    return line === 'event: reset' || (line.startsWith('data:') && line.includes(this.#mark));
  }

  #awake(): void {
    this.#isAwake = true;
    this.#wake?.();
  }
}
