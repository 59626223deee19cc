import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Milliseconds after which a client that takes nothing is cut off. */
const PATIENCE = 60_000;

/** Answers with a stream of server-sent events (WHATWG HTML, 9.2), as far as the client takes them. */
export function sendEvents(reply: FastifyReply, events: AsyncIterable<string>): FastifyReply {
  reply.raw.setTimeout(PATIENCE, () => reply.raw.destroy());
  return reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(events, { objectMode: false, highWaterMark: 1 }));
}
