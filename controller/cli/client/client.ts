import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../error.ts';
import type { Endpoint } from './endpoint.ts';
import { refusalOf, unreachable } from './failure.ts';
import { type Outgoing, open, textOf } from './transport.ts';

/** What commands ask a controller with; every failure is a CliError, a refusal is a Refused. */
export interface Api {
  /** The parsed answer; undefined when there is none. */
  request(method: Outgoing['method'], path: string, body?: unknown): Promise<unknown>;
}

/** Milliseconds that a command waits for an answer. */
const PATIENCE = 30_000;

/** A client of a running controller. */
export class ApiClient implements Api {
  readonly #endpoint: Endpoint;
  readonly #patience: number;
  readonly #tell: (news: string) => void;

  /** `patience` is in milliseconds; `tell` hears of what takes long, for people. */
  constructor(
    endpoint: Endpoint,
    patience: number = PATIENCE,
    tell: (news: string) => void = () => undefined,
  ) {
    this.#endpoint = endpoint;
    this.#patience = patience;
    this.#tell = tell;
  }

  async request(method: Outgoing['method'], path: string, body?: unknown): Promise<unknown> {
    const text = await this.#exchange({ method, path, body, patience: this.#patience });
    if (text === '') return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new CliError(`${this.#endpoint.url.origin}${path} does not answer JSON: is it a tenantflow?`);
    }
  }

  /** A large or endless answer as it comes. `patience` is for its silences, in milliseconds. */
  async stream(
    path: string,
    options: { readonly patience: number; readonly accept?: string; readonly signal?: AbortSignal },
  ): Promise<AsyncIterable<Uint8Array>> {
    const { patience, accept, signal } = options;
    const answer = await this.#open({
      method: 'GET',
      path,
      patience,
      ...(accept === undefined ? {} : { headers: { accept } }),
      ...(signal === undefined ? {} : { signal }),
    });
    return this.#bytesOf(answer, path);
  }

  async #exchange(outgoing: Outgoing): Promise<string> {
    const answer = await this.#open(outgoing);
    try {
      return await textOf(answer);
    } catch (error) {
      throw this.#brokenOff(outgoing.path, error);
    }
  }

  async *#bytesOf(answer: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
    try {
      yield* answer;
    } catch (error) {
      throw this.#brokenOff(path, error);
    }
  }

  #brokenOff(path: string, error: unknown): CliError {
    const cause = error instanceof Error ? error.message : error;
    return new CliError(`${this.#endpoint.url.origin}${path}: the answer broke off (${cause})`);
  }

  async #open(outgoing: Outgoing) {
    try {
      let answer = await open(this.#endpoint, outgoing);
      // What is refused for being too much was not begun, so that it may be sent again.
      for (let wait = waitIn(answer); wait !== undefined; wait = waitIn(answer)) {
        answer.resume();
        this.#tell(`too many requests: going on in ${wait} s`);
        await sleep(wait * 1000, undefined, outgoing.signal ? { signal: outgoing.signal } : {});
        answer = await open(this.#endpoint, outgoing);
      }
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      throw refusalOf(this.#endpoint, status, outgoing.path, await textOf(answer));
    } catch (error) {
      throw error instanceof CliError ? error : unreachable(this.#endpoint, error);
    }
  }
}

/** Seconds after which a controller that limits requests wants to be asked again; undefined for any other answer. */
function waitIn({ statusCode, headers }: IncomingMessage): number | undefined {
  const wait = /^\d{1,2}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : undefined;
  return statusCode === 429 && wait !== undefined ? Math.max(1, wait) : undefined;
}
