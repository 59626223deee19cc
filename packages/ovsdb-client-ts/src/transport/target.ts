import { OvsdbError } from '../errors.ts';

/** Where a session comes from or goes to, in OVS's own notation (ovsdb(7), "Connection Methods"). */
export type Target =
  | { readonly transport: 'tcp' | 'ssl'; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string };

const DEFAULT_PORT = 6640;
const ACTIVE = /^(tcp|ssl):(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/;
const PASSIVE = /^p(tcp|ssl):(\d{1,5})?(?::(\[[^\]]+\]|[^:]+))?$/;

/** Reads `tcp:HOST:PORT`, `ssl:HOST:PORT` or `unix:PATH`; IPv6 in brackets. Throws OVSDB_ADDRESS. */
export function parseActiveTarget(text: string): Target {
  if (text.startsWith('unix:') && text.length > 5) return { transport: 'unix', path: text.slice(5) };
  const match = ACTIVE.exec(text);
  if (match?.[2] === undefined) throw new OvsdbError('OVSDB_ADDRESS', { text });
  return { transport: transportOf(match[1]), host: unbracket(match[2]), port: portOf(text, match[3]) };
}

/** Reads `ptcp:PORT:HOST`, `pssl:PORT:HOST` or `punix:PATH`; without HOST, all addresses. Throws OVSDB_ADDRESS. */
export function parsePassiveTarget(text: string): Target {
  if (text.startsWith('punix:') && text.length > 6) return { transport: 'unix', path: text.slice(6) };
  const match = PASSIVE.exec(text);
  if (match === null) throw new OvsdbError('OVSDB_ADDRESS', { text });
  return {
    transport: transportOf(match[1]),
    host: unbracket(match[3] ?? '::'),
    port: portOf(text, match[2]),
  };
}

/** `HOST:PORT` with IPv6 in brackets and IPv4-mapped IPv6 written as IPv4. */
export function formatEndpoint(host: string, port: number): string {
  const address = plainAddress(host);
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An address as its owner writes it: a dual-stack socket reports `::ffff:192.0.2.1` for 192.0.2.1. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

function transportOf(text: string | undefined): 'tcp' | 'ssl' {
  return text === 'ssl' ? 'ssl' : 'tcp';
}

function unbracket(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

function portOf(text: string, port: string | undefined): number {
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (number > 65535) throw new OvsdbError('OVSDB_ADDRESS', { text });
  return number;
}
