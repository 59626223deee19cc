import { LoadClient, startServer, type Told } from '#lab';
import { processorTime, upcalls } from '../counters.ts';
import { forgetConnections, learnedFlows } from './memory.ts';
import { type Contender, GUEST_CPU, inTurn, PORTS } from './site.ts';

/** Which side of a connection has the firewall. */
export const SIDES = ['server', 'client'] as const;
export type Side = (typeof SIDES)[number];

/** New connections: their side, how many at a time, and how they end. */
export interface RateTask {
  readonly side: Side;
  readonly width: number;
  readonly end: 'reset' | 'fin';
}

export const RATE_TASKS: readonly RateTask[] = SIDES.flatMap((side) => [
  { side, width: 1, end: 'reset' as const },
  { side, width: 16, end: 'reset' as const },
  { side, width: 16, end: 'fin' as const },
]);

/** What a contender made of a task. */
export interface RateFound {
  /** Connections per second, from SYN to an answer of one byte and the end. */
  readonly rate: number;
  /** Microseconds from SYN to that answer. */
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
  /** Each of these per connection. */
  readonly upcalls: number;
  readonly learned: number;
  /** Microseconds of the switch's processor time; of a thread that polls it says nothing. */
  readonly switchTime: number;
}

/** Makes connections for some seconds and tells what they cost. */
export function measureRate(contender: Contender, task: RateTask, seconds: number): Promise<RateFound> {
  return inTurn(contender, async () => {
    const { host } = contender;
    await forgetConnections(host);
    const before = await counters(contender);
    const told = await withClient(contender, task.side, (client) =>
      client.rate(seconds, task.width, task.end),
    );
    const after = await counters(contender);
    const per = (name: keyof typeof before) => (after[name] - before[name]) / told.count;
    const { count, p50, p99, errors } = told;
    const costs = { upcalls: per('upcalls'), learned: per('learned'), switchTime: per('switchTime') };
    return { rate: count / told.seconds, p50, p99, errors, ...costs };
  });
}

/** A client on the other side of a contender's server, which both end with `work`. */
async function withClient(
  { guest, peer }: Contender,
  side: Side,
  work: (client: LoadClient) => Promise<Told>,
): Promise<Told> {
  const [from, to] = side === 'client' ? [guest, peer] : [peer, guest];
  const server = await startServer(to, PORTS, GUEST_CPU);
  const client = new LoadClient(from, to.ip, PORTS.slice(0, 1), GUEST_CPU);
  try {
    return await work(client);
  } finally {
    client.stop();
    server.stop();
  }
}

async function counters({ host }: Contender) {
  return {
    upcalls: await upcalls(host),
    learned: await learnedFlows(host),
    switchTime: processorTime(host),
  };
}
