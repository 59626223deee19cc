import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { deniedEvents } from '#controller/denied/denied-events';
import { type DenyLog, MOST_WATCHERS } from '#controller/denied/deny-log';
import { shownDenial } from '#controller/denied/shown-denial';
import type { Store } from '#controller/store/store';
import type { Identify } from './access/identify.ts';
import { sendEvents } from './event-reply.ts';
import { fault } from './faults.ts';
import { documented } from './openapi/openapi.ts';
import { callerOf } from './paths.ts';
import { checkAdmin } from './resource/policy.ts';
import { parseQuery, type Query } from './resource/query.ts';

/** What `/v1/denied` stands on. */
export interface DeniedOptions {
  readonly denyLog: DenyLog;
  readonly homeOf: (portId: string) => string | undefined;
  readonly portAt: (chassisId: string, key: number) => string | undefined;
}

/** Packets a second, and seconds: default, and most. */
const RATE = { usual: 10, most: 100 };
const LASTS = { usual: 600, most: 3_600 };

/**
 * `GET /v1/denied?port=ID` or `?switch=ID`: a stream of packets that security groups deny there, for admins. While it is read, the
 * switch shows `rate` of them a second at most; after `seconds` it ends.
 */
export function addDenied(
  app: FastifyInstance,
  { store, identify, denied }: { store: Store; identify: Identify; denied: DeniedOptions },
): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.get('/v1/denied', documented('/v1/denied'), async (request, reply) => {
    const caller = callerOf(request);
    checkAdmin(caller, 'get_switch');
    const query = parseQuery(request.url.split('?')[1] ?? '');
    const { chassisId, portId } = placeIn(query, store, denied);
    const rate = wholeIn(query, 'rate', RATE);
    const lasts = 1_000 * wholeIn(query, 'seconds', LASTS);
    if (denied.denyLog.problemOf(chassisId) === 'gone') throw fault('SwitchNotConnected', chassisId);
    const ending = () => {
      if (!isDeepStrictEqual(identify(request.headers)?.caller, caller)) return 'it may not be read any more';
      if (portId !== undefined && denied.homeOf(portId) !== chassisId)
        return 'the port is not there any more';
      return undefined;
    };
    const gone = new AbortController();
    const port = portId === undefined ? undefined : store.get('ports', portId)?.key;
    const events = deniedEvents(
      {
        ...{ denyLog: denied.denyLog, chassisId, rate, lasts, ending },
        ...(port !== undefined && { port }),
        show: (denial) => shownDenial(denial, chassisId, store, denied.portAt),
      },
      gone.signal,
    );
    if (events === undefined) throw fault('TooManyListeners', MOST_WATCHERS);
    const leave = () => gone.abort();
    closing.signal.addEventListener('abort', leave);
    reply.raw.once('close', () => {
      leave();
      closing.signal.removeEventListener('abort', leave);
    });
    return sendEvents(reply, events);
  });
}

function placeIn(query: Query, store: Store, { homeOf }: DeniedOptions) {
  const [portId, chassisId] = [query.get('port')?.at(-1), query.get('switch')?.at(-1)];
  if ((portId === undefined) === (chassisId === undefined))
    throw fault('HTTPBadRequest', 'Either port or switch says what is to be watched.');
  if (chassisId !== undefined) {
    if (store.get('chassis', chassisId) === undefined) throw fault('SwitchNotFound', chassisId);
    return { chassisId, portId: undefined };
  }
  const port = store.get('ports', portId ?? '');
  if (port === undefined) throw fault('PortNotFound', portId ?? '');
  const home = homeOf(port.id);
  if (home === undefined) throw fault('HTTPBadRequest', `Port ${port.id} is not plugged.`);
  return { chassisId: home, portId: port.id };
}

function wholeIn(query: Query, name: string, { usual, most }: typeof RATE): number {
  const text = query.get(name)?.at(-1) ?? `${usual}`;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw fault(
    'HTTPBadRequest',
    `Invalid input for ${name}. Reason: it is not a whole number from 1 to ${most}.`,
  );
}
