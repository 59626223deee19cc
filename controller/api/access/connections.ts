import type { Server, Socket } from 'node:net';
import { type Places, tooMany, type Whence, whence } from '#controller/base/crowd';

/** Open connections: each takes memory and a file descriptor, which switches need as well. */
const PLACES: Places = { all: 2_000, each: 1_000 };

/** Closes the oldest connection of whoever has most of them, when there are too many. */
export function boundConnections(server: Server): void {
  const open = new Set<Whence & { readonly socket: Socket }>();
  server.on('connection', (socket) => {
    const { remoteAddress } = socket;
    // Gone again already.
    if (remoteAddress === undefined) return socket.destroy();
    const { subscriber } = whence(remoteAddress);
    // Here one subscriber's addresses are one also where each has its bound.
    const connection = { address: subscriber, subscriber, socket };
    open.add(connection);
    socket.once('close', () => open.delete(connection));
    const surplus = tooMany(open, PLACES);
    if (surplus === undefined) return;
    open.delete(surplus);
    surplus.socket.destroy();
  });
}
