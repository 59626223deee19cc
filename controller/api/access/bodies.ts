import type { FastifyInstance } from 'fastify';
import { subscriberOf } from '#controller/base/addresses';
import type { Places } from '#controller/base/crowd';
import { fault } from '../faults.ts';

/** Bytes of requests that are being sent or answered: each of a thousand slow clients may send some megabytes. */
const BODIES: Places = { all: 128 * 1024 * 1024, each: 64 * 1024 * 1024 };

/** Refuses what would be too much of one address, or of all, at a time. To be called after what keeps strangers out. */
export function boundBodies(app: FastifyInstance, { all, each }: Places = BODIES): void {
  const held = new Map<string, number>();
  let total = 0;
  // Not async: whoever reads the body begins to listen in this very call, and misses nothing.
  app.addHook('preParsing', ({ ip }, reply, payload, done) => {
    const subscriber = subscriberOf(ip);
    let size = 0;
    const add = (count: number): void => {
      size += count;
      total += count;
      const rest = (held.get(subscriber) ?? 0) + count;
      if (rest > 0) held.set(subscriber, rest);
      else held.delete(subscriber);
    };
    const take = ({ length }: string | Buffer): void => {
      add(length);
      if (total <= all && (held.get(subscriber) ?? 0) <= each) return;
      payload.off('data', take);
      // The rest of it is read by nobody.
      reply.header('connection', 'close');
      payload.emit('error', fault('TooMuchAtATime'));
    };
    payload.on('data', take);
    reply.raw.once('close', () => add(-size));
    done(null, payload);
  });
}
