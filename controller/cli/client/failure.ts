import { z } from 'zod';
import { CliError } from '../error.ts';
import type { Endpoint } from './endpoint.ts';

/** The controller refused a request; the message is its own, and what to do about it. */
export class Refused extends CliError {
  /** HTTP status code. */
  readonly status: number;
  /** The controller's own sentence. */
  readonly reason: string;

  constructor(status: number, reason: string, advice?: string) {
    super(advice === undefined ? reason : `${reason}\n${advice}`);
    this.name = 'Refused';
    this.status = status;
    this.reason = reason;
  }
}

/** Nobody answers, or not by HTTP. */
export function unreachable({ url }: Endpoint, error: unknown): CliError {
  const cause = causeOf(error);
  const other = url.protocol === 'https:' ? 'http' : 'https';
  const advice = /certificate|self.signed|issuer|altnames/i.test(cause)
    ? 'Say whom to trust: --ca-file FILE, or TENANTFLOW_CA_FILE.'
    : /EPROTO|wrong version|socket hang up|Parse Error/i.test(cause)
      ? `Does it speak ${other}? Then say so: --api ${other}://${url.host}`
      : 'Start one with `tenantflow serve`, or say where it is: --api URL, or TENANTFLOW_API_URL.';
  return new CliError(`no controller answers at ${url.origin} (${cause})\n${advice}`);
}

/** What an answer that is no success says, and what to do next. */
export function refusalOf({ url, token }: Endpoint, status: number, path: string, text: string): Refused {
  const reason = reasonIn(text) ?? `${url.origin}${path} answers HTTP ${status}`;
  if (status === 404 && reason === UNKNOWN_PATH)
    return new Refused(status, `${url.origin} does not serve ${path.replace(/\?.*/, '')}`, OLDER);
  return new Refused(status, reason, adviceFor(status, token !== undefined));
}

/** Neutron's words for a path that nothing is at. */
const UNKNOWN_PATH = 'The resource could not be found.';
const OLDER =
  'Is it a tenantflow, and as new as this command line? `tenantflow --version` says which this is.';

function adviceFor(status: number, hasToken: boolean): string | undefined {
  switch (status) {
    case 401:
      return hasToken
        ? 'The token that was given is not one of the controller’s: see its --api-token-file.'
        : 'Give a token: --token-file FILE or --token TOKEN, or set TENANTFLOW_TOKEN_FILE or TENANTFLOW_TOKEN.';
    case 403:
      return 'The token’s role does not allow this: use one of a role that does.';
    case 429:
      return 'Too many requests: wait a moment and try again.';
    case 500:
      return 'The controller’s log says why; the request’s id is in it.';
  }
  return undefined;
}

/** Neutron's form, and that of what stands before it for 401. */
const refusalSchema = z.union([
  z
    .object({ NeutronError: z.object({ message: z.string() }) })
    .transform((body) => body.NeutronError.message),
  z.object({ error: z.object({ message: z.string() }) }).transform((body) => body.error.message),
]);

function reasonIn(text: string): string | undefined {
  try {
    return refusalSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function causeOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map((each) => causeOf(each)).join(', ');
  // What OpenSSL says is a dump of its own; the reason in it is set apart.
  if (error instanceof Error && 'reason' in error && typeof error.reason === 'string') return error.reason;
  return error instanceof Error ? error.message : String(error);
}
