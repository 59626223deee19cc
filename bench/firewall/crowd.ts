import { LoadClient, startServer, type Told } from '#lab';
import { datapathFlows } from '../counters.ts';
import { forgetConnections, learnedFlows } from './memory.ts';
import { type Contender, GUEST_CPU, inTurn, PORTS } from './site.ts';

/** Requests at a time over all connections. */
const WIDTH = 16;
/** Bytes of an answer where throughput is measured. */
const LARGE = 65_536;
/** A process may have so many connections: fewer than the files it may have. */
const PER_PROCESS = 16_000;

/** A contender with many connections from its guest, all of them in use. */
export interface CrowdFound {
  readonly connections: number;
  /** Connections per second while they were opened. */
  readonly opening: number;
  /** Answers of one byte per second, over all connections by turns, and their microseconds. */
  readonly answers: number;
  readonly p50: number;
  readonly p99: number;
  /** Gbit/s of answers of 64 KiB. */
  readonly throughput: number;
  readonly errors: number;
  readonly learned: number;
  readonly datapathFlows: number;
}

/** Opens so many connections from the guest, and has answers come over all of them by turns. */
export function measureCrowd(
  contender: Contender,
  connections: number,
  seconds: number,
): Promise<CrowdFound> {
  return inTurn(contender, async () => {
    const { host, guest, peer } = contender;
    await forgetConnections(host);
    const server = await startServer(peer, PORTS, GUEST_CPU);
    const processes = Math.ceil(connections / PER_PROCESS);
    const clients = PORTS.slice(0, processes).map(
      (port) => new LoadClient(guest, peer.ip, [port], GUEST_CPU),
    );
    const all = async (task: (client: LoadClient) => Promise<Told>) =>
      sum(await Promise.all(clients.map(task)));
    try {
      const width = WIDTH / processes;
      const opened = await all((client) => client.open(Math.ceil(connections / processes)));
      const answered = await all((client) => client.exchange(seconds, width, 1));
      const moved = await all((client) => client.exchange(seconds, width, LARGE));
      return {
        connections: opened.kept,
        opening: opened.count / opened.seconds,
        answers: answered.count / answered.seconds,
        p50: answered.p50,
        p99: answered.p99,
        throughput: (moved.count * LARGE * 8) / moved.seconds / 1e9,
        errors: opened.errors + answered.errors + moved.errors,
        learned: await learnedFlows(host),
        datapathFlows: await datapathFlows(host),
      };
    } finally {
      for (const client of clients) client.stop();
      server.stop();
    }
  });
}

/** Of several clients: sums, the longest time, and the worst percentiles. */
function sum(all: readonly Told[]): Told {
  const total = (name: keyof Told) => all.reduce((before, told) => before + told[name], 0);
  const most = (name: keyof Told) => Math.max(...all.map((told) => told[name]));
  return {
    ...{ count: total('count'), errors: total('errors'), kept: total('kept'), stalls: total('stalls') },
    ...{ seconds: most('seconds'), p50: most('p50'), p99: most('p99'), worst: most('worst') },
  };
}
