import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { formatEndpoint, plainAddress } from '../transport/target.ts';

/** Both ends of a session, for logs and to tell a switch where it reached us. '' where a socket has no address. */
export interface Endpoints {
  /** `HOST:PORT`, or `unix` for a unix socket. */
  readonly peer: string;
  readonly peerAddress: string;
  /** The address on which the peer reached us, or from which we dialled. */
  readonly localAddress: string;
  /** 0 for a unix socket. */
  readonly localPort: number;
}

/** Reads the addresses while the socket still has them: they are gone after it closes. */
export function endpointsOf(stream: Duplex): Endpoints {
  if (!(stream instanceof Socket) || stream.remoteAddress === undefined) {
    return { peer: 'unix', peerAddress: '', localAddress: '', localPort: 0 };
  }
  return {
    peer: formatEndpoint(stream.remoteAddress, stream.remotePort ?? 0),
    peerAddress: plainAddress(stream.remoteAddress),
    localAddress: plainAddress(stream.localAddress ?? ''),
    localPort: stream.localPort ?? 0,
  };
}
