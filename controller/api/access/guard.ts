import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { subscriberOf } from '#controller/base/addresses';
import { fault } from '../faults.ts';
import { type Identify, type Identity, identifyAnyone } from './identify.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it; undefined if nobody who is let in. */
    identity: Identity | undefined;
  }
}

/** Who is let in, and how often. */
export interface ApiAccess {
  readonly identify: Identify;
  /** Requests that one token, or one address without a token, may send in a minute; 0: any number. */
  readonly requestsPerMinute: number;
}

export const OPEN_ACCESS: ApiAccess = { identify: identifyAnyone, requestsPerMinute: 0 };

const MINUTE = 60_000;

/** Finds out who sends each request, and limits how many each may send. To be called before paths are added. */
export function addAccess(app: FastifyInstance, { identify, requestsPerMinute }: ApiAccess): void {
  app.decorateRequest('identity');
  app.addHook('onRequest', async (request) => {
    request.identity = identify(request.headers);
  });
  app.setNotFoundHandler((request, reply) => {
    if (request.identity === undefined) return refuse(request, reply);
    throw fault('HTTPNotFound');
  });
  if (requestsPerMinute === 0) return;
  app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: MINUTE,
    keyGenerator: ({ identity, ip }) =>
      identity?.name === undefined ? `address ${subscriberOf(ip)}` : `token ${identity.name}`,
    errorResponseBuilder: (_request, { ttl }) => fault('HTTPTooManyRequests', Math.ceil(ttl / 1000)),
  });
}

/** Lets nobody further who is not known: not even their body is read. */
export function addGuard(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, reply) => {
    if (request.identity === undefined) return refuse(request, reply);
    return undefined;
  });
}

/** The answer of Keystone's middleware before a Neutron. */
function refuse({ protocol, host }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .header('www-authenticate', `Keystone uri="${protocol}://${host}"`)
    .send({
      error: {
        code: 401,
        title: 'Unauthorized',
        message: 'The request you have made requires authentication.',
      },
    });
}
