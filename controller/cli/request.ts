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
  const { host, port } = parseFlag('api', api);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  try {
    const response = await fetch(url, { method, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    if (!response.ok) throw new CliError(refusal(text) ?? `${url} answers HTTP ${response.status}`);
    return { url, body: parse(text) };
  } catch (error) {
    if (error instanceof CliError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CliError(`no controller answers at ${url} (${cause instanceof Error ? cause.message : cause})`);
  }
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
