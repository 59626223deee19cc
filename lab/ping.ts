import { spawn } from 'node:child_process';
import { inNamespace } from './command.ts';
import { LabError } from './errors.ts';

export interface PingOptions {
  /** Requests to send. Default 3; `startPing` sends until it is stopped. */
  readonly count?: number;
  /** Milliseconds between two requests. Default 100. */
  readonly intervalMs?: number;
  /** Milliseconds to wait for the last replies. Default 1000. */
  readonly waitMs?: number;
  /** Bytes of payload. Default 56. */
  readonly size?: number;
  /** Up to 16 bytes, in hex, that fill the payload, to know the packets by. */
  readonly pattern?: string;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Sequence numbers, from 1, of the requests without a reply. */
  readonly lost: readonly number[];
  readonly duplicates: number;
  /** Round-trip times in milliseconds, in order of arrival. */
  readonly times: readonly number[];
}

export interface RunningPing {
  /** Replies so far. */
  readonly received: number;
  /** Ends it. A request that was on its way at that moment does not count as sent. */
  stop(): Promise<PingResult>;
}

/** Pings from a namespace and returns when all replies are in or time is up. */
export async function ping(
  namespace: string,
  address: string,
  options: PingOptions = {},
): Promise<PingResult> {
  const { finished } = launch(namespace, address, { count: 3, ...options });
  return finished;
}

/** Starts a ping that runs until it is stopped. */
export function startPing(namespace: string, address: string, options: PingOptions = {}): RunningPing {
  const { child, replies, finished } = launch(namespace, address, options);
  return {
    get received() {
      return replies.size;
    },
    async stop() {
      child.kill('SIGINT');
      const result = await finished;
      const last = result.lost.at(-1);
      if (last !== result.sent) return result;
      return { ...result, sent: result.sent - 1, lost: result.lost.slice(0, -1) };
    },
  };
}

function launch(namespace: string, address: string, options: PingOptions) {
  const { count, intervalMs = 100, waitMs = 1000, size, pattern } = options;
  const [command = '', ...args] = inNamespace(
    [
      ...['ping', '-n', '-i', String(intervalMs / 1000), '-W', String(waitMs / 1000)],
      ...(count === undefined ? [] : ['-c', String(count)]),
      ...(size === undefined ? [] : ['-s', String(size)]),
      ...(pattern === undefined ? [] : ['-p', pattern]),
      address,
    ],
    namespace,
  );
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const replies = new Map<number, number>();
  let duplicates = 0;
  let sent: number | undefined;
  let rest = '';
  let problems = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const reply = /icmp_seq=(\d+) .*time=([\d.]+) ms/.exec(line);
      if (reply) {
        const sequence = Number(reply[1]);
        if (replies.has(sequence)) duplicates += 1;
        else replies.set(sequence, Number(reply[2]));
      }
      const summary = /^(\d+) packets transmitted/.exec(line);
      if (summary) sent = Number(summary[1]);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  const finished = new Promise<PingResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      if (sent === undefined) {
        reject(
          new LabError(
            'LAB_COMMAND',
            `ping ${address} from ${namespace}: ${problems.trim() || 'no summary'}`,
          ),
        );
        return;
      }
      const lost = Array.from({ length: sent }, (_, at) => at + 1).filter(
        (sequence) => !replies.has(sequence),
      );
      resolve({ sent, received: replies.size, lost, duplicates, times: [...replies.values()] });
    });
  });
  return { child, replies, finished };
}
