import { setTimeout as sleep } from 'node:timers/promises';
import type { Denial } from './denied-packet.ts';
import type { DenyLog } from './deny-log.ts';

/** Packets that wait to be told to somebody who reads slowly. */
const MOST_WAITING = 1_000;
/** Milliseconds between two looks at what was not shown, and whether it goes on. */
const LOOK_MS = 2_000;
/** Milliseconds between two looks whether the switch has what shows packets. */
const SOON_MS = 20;

/** What a stream of denied packets is about. */
export interface DeniedStream {
  readonly denyLog: Pick<DenyLog, 'watch' | 'isReady' | 'missedOf' | 'problemOf'>;
  readonly chassisId: string;
  readonly port?: number;
  readonly rate: number;
  /** Milliseconds for which it goes on. */
  readonly lasts: number;
  readonly show: (denial: Denial) => object;
  /** Why it ends before; nothing while it goes on. */
  readonly ending: () => string | undefined;
}

/**
 * Server-sent events (WHATWG HTML, 9.2) until the signal aborts: `ready`, once the switch shows packets; `denied`, a packet; `missed`, how many were denied on the
 * switch and not shown since it began, when those are more, else `heartbeat`; and `end`, with the reason, `complete` when its time is over. Nothing when too many
 * watch that switch.
 */
export function deniedEvents(stream: DeniedStream, signal: AbortSignal): AsyncGenerator<string> | undefined {
  const { denyLog, chassisId, port, rate } = stream;
  const waiting: Denial[] = [];
  let overflow = 0;
  let wake = () => {};
  const hear = (denial: Denial) => {
    if (waiting.length < MOST_WAITING) waiting.push(denial);
    else overflow += 1;
    wake();
  };
  const stop = denyLog.watch(chassisId, { rate, hear, ...(port !== undefined && { port }) });
  if (!stop) return undefined;
  signal.addEventListener('abort', () => {
    stop();
    wake();
  });
  return events();

  async function* events(): AsyncGenerator<string> {
    const until = performance.now() + stream.lasts;
    while (!signal.aborted && !denyLog.isReady(chassisId) && performance.now() < until) await sleep(SOON_MS);
    const before = await denyLog.missedOf(chassisId);
    let missed = 0;
    let look = performance.now() + LOOK_MS;
    yield eventText('ready', { switch: chassisId, rate });
    while (!signal.aborted) {
      await moment(look - performance.now());
      const batch = waiting.splice(0);
      if (batch.length > 0) yield batch.map((denial) => eventText('denied', stream.show(denial))).join('');
      if (performance.now() < look) continue;
      look = performance.now() + LOOK_MS;
      const now = Math.max(0, (await denyLog.missedOf(chassisId)) - before) + overflow;
      yield now > missed ? eventText('missed', { count: now }) : eventText('heartbeat', {});
      missed = Math.max(missed, now);
      const complete = performance.now() >= until;
      const reason = complete ? 'it has lasted as long as was asked for' : endOf(stream);
      if (reason === undefined) continue;
      yield eventText('end', { reason, complete });
      return;
    }
  }

  /** Until there is something to tell, or so many milliseconds are over. */
  function moment(ms: number): Promise<void> {
    if (waiting.length > 0 || signal.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function endOf({ denyLog, chassisId, ending }: DeniedStream): string | undefined {
  const problem = denyLog.problemOf(chassisId);
  return problem ? PROBLEMS[problem] : ending();
}

const PROBLEMS = {
  refused:
    'the switch takes no meter of the controller, or none of its flows, so that it is not asked to show packets',
  gone: 'the switch is not connected any more',
} as const;

function eventText(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
