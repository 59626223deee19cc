import { readFileSync } from 'node:fs';
import { SETTINGS } from '#controller/config/settings';
import { UsageError } from '../error.ts';

/** Where a controller's API is, and what it takes to be let in. */
export interface Endpoint {
  /** Without a path, such as `http://127.0.0.1:9696`. */
  readonly url: URL;
  readonly token: string | undefined;
  /** PEM text of the authorities to trust instead of the system's. */
  readonly ca: string | undefined;
}

/** What client commands are told by options; the environment stands in for what is not. */
export interface ClientOptions {
  readonly api?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
}

/** Variables that stand in for options; the first that is set counts. */
export const CLIENT_ENVIRONMENT = {
  api: ['TENANTFLOW_API_URL', 'TENANTFLOW_API'],
  token: ['TENANTFLOW_TOKEN'],
  tokenFile: ['TENANTFLOW_TOKEN_FILE'],
  caFile: ['TENANTFLOW_CA_FILE'],
} as const satisfies Record<keyof ClientOptions, readonly string[]>;

/** Where a controller listens that was told nothing else. */
export const DEFAULT_API = `http://${SETTINGS.api.fallback}`;

/** Settles options and environment. Throws UsageError that names the option or variable. */
export function endpointOf(
  options: ClientOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Endpoint {
  const settled = (name: keyof ClientOptions): Settled | undefined => {
    const text = options[name];
    if (text !== undefined) return { text, source: flagOf(name) };
    const variable = CLIENT_ENVIRONMENT[name].find((each) => environment[each]);
    return variable === undefined ? undefined : { text: environment[variable] ?? '', source: variable };
  };
  const api = settled('api') ?? { text: DEFAULT_API, source: '--api' };
  // A token that is given as such, wherever, counts more than a file that holds one.
  const file = settled('tokenFile');
  const token = settled('token') ?? (file && { text: firstLine(file), source: file.source });
  const caFile = settled('caFile');
  return {
    url: parseApi(api),
    token: token && checkedToken(token),
    ca: caFile && read(caFile),
  };
}

interface Settled {
  readonly text: string;
  readonly source: string;
}

function flagOf(name: keyof ClientOptions): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** An http or https URL without a path, or HOST:PORT. */
function parseApi({ text, source }: Settled): URL {
  const full = /^[a-z]+:\/\//i.test(text) ? text : `http://${text.startsWith(':') ? '127.0.0.1' : ''}${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const isPlain = url?.search === '' && url.hash === '' && /^(?:\/v2\.0)?\/?$/.test(url.pathname);
  if (url === undefined || !isPlain || !/^https?:$/.test(url.protocol) || !/:\d+$|^https?:\/\//i.test(text))
    throw new UsageError(
      `${source}: '${text}' is not a URL such as ${DEFAULT_API} or https://controller.example:9696, nor HOST:PORT`,
    );
  return new URL(url.origin);
}

function firstLine(file: Settled): string {
  const line = read(file).split('\n', 1)[0]?.trim();
  if (!line) throw new UsageError(`${file.source}: the first line of ${file.text} is no token, it is empty`);
  return line;
}

/** A token goes into a header, so that it must be printable ASCII. */
function checkedToken({ text, source }: Settled): string {
  if (/^[!-~]+$/.test(text)) return text;
  throw new UsageError(`${source}: a token has only printable ASCII characters and no blanks`);
}

function read({ text, source }: Settled): string {
  try {
    return readFileSync(text, 'utf8');
  } catch (error) {
    throw new UsageError(`${source}: ${error instanceof Error ? error.message : error}`);
  }
}
