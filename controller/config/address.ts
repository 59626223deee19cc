import type { AddressInfo } from 'node:net';

/** A TCP address to listen on; port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Parses `host:port`, `[ipv6]:port` or `:port`. Throws RangeError that says what is wrong. */
export function parseAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new RangeError(`'${text}' is not HOST:PORT or [IPV6]:PORT with a port from 0 to 65535`);
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}

/** `host:port` of a listening server, IPv6 in brackets. */
export function formatAddress(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
