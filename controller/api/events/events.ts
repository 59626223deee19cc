import { setMaxListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import type { Store } from '#controller/store/store';
import type { Identify } from '../access/identify.ts';
import type { Caller } from '../caller.ts';
import { sendEvents } from '../event-reply.ts';
import { fault } from '../faults.ts';
import { documented } from '../openapi/openapi.ts';
import { addPath, callerOf, ok } from '../paths.ts';
import { parseQuery, type Query } from '../resource/query.ts';
import type { Shown } from '../resource/shown.ts';
import { Onlooker } from './changes.ts';
import { type Cursor, readCursor } from './cursor.ts';
import { Journal } from './journal.ts';
import { Statuses } from './statuses.ts';
import { eventStream } from './stream.ts';

/** Clients that may listen or wait at one time: each holds a connection. */
const MOST_LISTENERS = 256;
/** Of these, the clients of one project; admins may have all. */
const MOST_OF_PROJECT = 32;
const HEARTBEAT = 15_000;
/** Seconds that a long poll waits at most. */
const LONGEST_WAIT = 60;

/** What the paths below stand on. */
export interface EventsOptions {
  readonly store: Store;
  readonly shown: readonly Shown[];
  /** Asked again while somebody listens. */
  readonly identify: Identify;
}

/** `GET /v1/events`: a stream of changes; `GET /v1/status`: statuses of ports and trunks by long poll. */
export function addEvents(app: FastifyInstance, { store, shown, identify }: EventsOptions): void {
  const journal = new Journal(store);
  const closing = new AbortController();
  // One for each seat: more than Node takes for a leak, which it would warn of.
  setMaxListeners(MOST_LISTENERS, closing.signal);
  app.addHook('preClose', async () => {
    closing.abort();
    journal.close();
  });
  /** The projects of those who listen; undefined for admins. */
  const seated: (string | undefined)[] = [];
  const takeSeat = ({ role, projectId }: Caller) => {
    const project = role === 'admin' ? undefined : projectId;
    if (seated.length >= MOST_LISTENERS) throw fault('TooManyListeners', MOST_LISTENERS);
    if (project !== undefined && seated.filter((each) => each === project).length >= MOST_OF_PROJECT)
      throw fault('TooManyListeners', MOST_OF_PROJECT);
    seated.push(project);
    return () => {
      seated.splice(seated.indexOf(project), 1);
    };
  };

  app.get('/v1/events', documented('/v1/events'), async (request, reply) => {
    const lastId = request.headers['last-event-id'];
    const start = startOf(
      typeof lastId === 'string' ? lastId : undefined,
      parseQuery(request.url.split('?')[1] ?? ''),
    );
    const caller = callerOf(request);
    const leave = takeSeat(caller);
    const gone = new AbortController();
    const leaveToo = () => gone.abort();
    closing.signal.addEventListener('abort', leaveToo);
    const onlooker = new Onlooker(shown, store, caller);
    const isWelcome = () => isDeepStrictEqual(identify(request.headers)?.caller, caller);
    const source = { store, journal, onlooker, heartbeat: HEARTBEAT, isWelcome };
    const events = eventStream(start, source, gone.signal);
    // The generator may be waiting for something to tell: it has to hear first that nobody listens.
    reply.raw.once('close', () => {
      gone.abort();
      closing.signal.removeEventListener('abort', leaveToo);
      leave();
    });
    return sendEvents(reply, events);
  });

  addPath(app, '/v1/status', {
    GET: async ({ query, caller }) => {
      const { since, wait } = pollIn(query);
      const statuses = new Statuses(store, journal, shown, caller);
      const answer = (found: ReturnType<Statuses['all']>) =>
        ok({ epoch: store.history, cursor: store.revision, statuses: found });
      if (since === undefined || (since.history ?? store.history) !== store.history)
        return answer(statuses.all());
      const until = performance.now() + wait * 1000;
      const leave = takeSeat(caller);
      let { revision } = since;
      try {
        for (;;) {
          const found = statuses.since(revision);
          if (found === undefined) return answer(statuses.all());
          const rest = until - performance.now();
          if (found.length > 0 || rest <= 0 || closing.signal.aborted) return answer(found);
          // What was looked at in vain is not looked at again.
          revision = store.revision;
          await journal.wait(revision, rest, closing.signal);
        }
      } finally {
        leave();
      }
    },
  });
}

/** What a browser kept wins over what its URL says since the first time. */
function startOf(lastId: string | undefined, query: Query): Cursor | undefined {
  if (lastId !== undefined && lastId !== '') return readCursor('Last-Event-ID', lastId);
  const since = query.get('since')?.at(-1);
  return since === undefined ? undefined : readCursor('since', since);
}

/** `since` (a cursor; `epoch` may name its history) and `wait` (seconds) of a long poll. */
function pollIn(query: Query): { readonly since: Cursor | undefined; readonly wait: number } {
  const text = query.get('since')?.at(-1);
  const wait = query.get('wait')?.at(-1) ?? '0';
  if (!/^\d{1,2}$/.test(wait) || Number(wait) > LONGEST_WAIT)
    throw fault(
      'HTTPBadRequest',
      `Invalid input for wait. Reason: it is not a number of seconds up to ${LONGEST_WAIT}.`,
    );
  const since = text === undefined ? undefined : readCursor('since', text);
  const epoch = query.get('epoch')?.at(-1);
  return { since: since && { ...since, history: since.history ?? epoch }, wait: Number(wait) };
}
