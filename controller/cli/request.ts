import { Option } from 'commander';
import { z } from 'zod';
import { parseFlag } from '#controller/config/config';
import { environmentName, SETTINGS } from '#controller/config/settings';
import { CliError } from './error.ts';

/** `--api`: where a command finds the running controller. */
export function apiOption(): Option {
  const fallback = process.env[environmentName('api')] ?? SETTINGS.api.fallback;
  return new Option('--api <HOST:PORT>', 'where the controller’s API listens').default(fallback);
}

/** One request to a running controller's API; resolves with the parsed answer. Every failure is a CliError. */
export async function request(api: string, method: 'GET' | 'DELETE', path: string): Promise<Answer> {
  const url = urlOf(api, path);
  try {
    const response = await send(url, method, AbortSignal.timeout(PATIENCE));
    return { url, body: parse(await response.text()) };
  } catch (error) {
    throw failure(url, error);
  }
}

/** A large answer as it comes: only its beginning has to come soon. Every failure is a CliError. */
export async function download(api: string, path: string): Promise<AsyncIterable<Uint8Array>> {
  const url = urlOf(api, path);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(new Error('it takes too long')), PATIENCE);
  try {
    const { body } = await send(url, 'GET', patience.signal);
    if (body === null) throw new CliError(`${url} answers nothing`);
    return bytesOf(url, body);
  } catch (error) {
    throw failure(url, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds until an answer has to begin. */
const PATIENCE = 10_000;

function urlOf(api: string, path: string): string {
  const { host, port } = parseFlag('api', api);
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

async function send(url: string, method: 'GET' | 'DELETE', signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { method, signal });
  if (response.ok) return response;
  throw new CliError(refusal(await response.text()) ?? `${url} answers HTTP ${response.status}`);
}

async function* bytesOf(url: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new CliError(`${url}: the answer broke off (${causeOf(error)})`);
  }
}

function failure(url: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  return new CliError(`no controller answers at ${url} (${causeOf(error)})`);
}

function causeOf(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : cause;
}

export interface Answer {
  readonly url: string;
  /** Undefined when it is not JSON. */
  readonly body: unknown;
}

const refusalSchema = z.object({ NeutronError: z.object({ message: z.string() }) });

/** The controller's own words. */
function refusal(text: string): string | undefined {
  return refusalSchema.safeParse(parse(text)).data?.NeutronError.message;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
