import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { ANYONE, type Caller } from '../caller.ts';

/** Somebody whom the API lets in. */
export interface Identity {
  readonly caller: Caller;
  /** What requests are counted by, for the limit of their rate; undefined: by the address they come from. */
  readonly name?: string;
}

/** Tells from a request's headers who sends it; undefined if nobody who is let in. */
export type Identify = (headers: IncomingHttpHeaders) => Identity | undefined;

const ANYBODY: Identity = { caller: ANYONE };

/**
 * Lets everybody in as an admin, as a Neutron without Keystone does, where X-Project-Id alone leaves the project of new
 * objects open. With X-User-Id as well one is that project's member, with the roles of X-Roles, as Keystone's middleware
 * tells them to a Neutron. Only web pages are kept out: a browser on this machine would carry their requests here.
 */
export const identifyAnyone: Identify = (headers) => {
  if (isFromWebPage(headers)) return undefined;
  const project = textOf(headers['x-project-id']);
  if (project === undefined) return ANYBODY;
  if (textOf(headers['x-user-id']) === undefined) return { caller: { projectId: '', role: 'admin' } };
  return {
    caller: { projectId: project.slice(0, 255), role: roleOf(textOf(headers['x-roles']) ?? 'member') },
  };
};

/**
 * The same for a server on loopback, which only this machine reaches: under a name that anybody in the world may own, it
 * is a web page that has its own name point here (DNS rebinding), and whose requests a browser then marks as harmless.
 */
export const identifyLocal: Identify = (headers) =>
  isForeignName(headers.host) ? undefined : identifyAnyone(headers);

/** Addresses, `localhost` and names without a dot are nobody's in the DNS. */
function isForeignName(host = 'localhost'): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) === 0 && name.includes('.') && !name.endsWith('.localhost');
}

/** Browsers mark what a page sends elsewhere (Fetch Standard, 3.2; Fetch Metadata); no other client does. */
function isFromWebPage(headers: IncomingHttpHeaders): boolean {
  const site = textOf(headers['sec-fetch-site']);
  return headers.origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin');
}

function roleOf(roles: string): Caller['role'] {
  const names = roles.split(',').map((name) => name.trim().toLowerCase());
  return (['admin', 'member'] as const).find((role) => names.includes(role)) ?? 'reader';
}

/** The token of a request: X-Auth-Token, a bearer token, or the password of Basic with its user. */
export function credentialsIn(
  headers: IncomingHttpHeaders,
): { readonly token: string; readonly user?: string } | undefined {
  const token = textOf(headers['x-auth-token']);
  if (token !== undefined) return { token };
  const [scheme = '', value = ''] = (headers.authorization ?? '').trim().split(/ +/, 2);
  if (/^bearer$/i.test(scheme)) return { token: value };
  if (!/^basic$/i.test(scheme)) return undefined;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at === -1 ? undefined : { user: text.slice(0, at), token: text.slice(at + 1) };
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}
