import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inNamespace } from './command.ts';
import { LabError } from './errors.ts';

const HELPER = new URL('ping.py', import.meta.url).pathname;

export interface PingOptions {
  /** Requests to send. Default 3; `startPing` sends until it is stopped. */
  readonly count?: number;
  /** Milliseconds between two requests. Default 50. */
  readonly intervalMs?: number;
  /**
   * Milliseconds after the last request until a reply that has not come is lost. Default 15 000, for busy machines;
   * all of it passes where a reply is missing, so that less is enough where none is expected.
   */
  readonly waitMs?: number;
  /** Up to 16 bytes, in hex, that fill the payload, to know the packets by. */
  readonly pattern?: string;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Sequence numbers, from 1, of the requests without a reply. */
  readonly lost: readonly number[];
  readonly duplicates: number;
}

export interface RunningPing {
  /** Replies so far. */
  readonly received: number;
  /** Sends no more, waits for the replies that are still out, and ends it. */
  stop(): Promise<PingResult>;
}

/** Pings from a namespace and returns when all replies are in or time is up. */
export function ping(namespace: string, address: string, options: PingOptions = {}): Promise<PingResult> {
  const { count = 3, ...rest } = options;
  return launch(namespace, address, count, rest).finished;
}

/** Starts a ping that runs until it is stopped. */
export function startPing(
  namespace: string,
  address: string,
  options: Omit<PingOptions, 'count'> = {},
): RunningPing {
  const { child, replies, finished } = launch(namespace, address, UNTIL_STOPPED, options);
  return {
    get received() {
      return replies.size;
    },
    stop() {
      child.stdin.end();
      return finished;
    },
  };
}

const UNTIL_STOPPED = 0;

/** A line of the helper (ping.py). */
interface Told {
  readonly reply?: number;
  readonly sent?: number;
}

function launch(namespace: string, address: string, count: number, options: Omit<PingOptions, 'count'>) {
  const { intervalMs = 50, waitMs = 15_000, pattern = '00' } = options;
  const settings = [address, count, intervalMs / 1000, pattern, waitMs / 1000].map(String);
  const [command = '', ...args] = inNamespace(
    ['/usr/bin/python3', '-I', '-S', HELPER, ...settings],
    namespace,
  );
  const child = spawn(command, args);
  const replies = new Set<number>();
  let duplicates = 0;
  let sent: number | undefined;
  let problems = '';
  createInterface(child.stdout).on('line', (line) => {
    const told: Told = JSON.parse(line);
    if (told.reply !== undefined) {
      if (replies.has(told.reply)) duplicates += 1;
      replies.add(told.reply);
    }
    sent = told.sent ?? sent;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  child.stdin.on('error', () => undefined);
  const finished = new Promise<PingResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      if (sent === undefined) {
        const why = problems.trim().split('\n').at(-1) || 'it ended';
        reject(new LabError('LAB_COMMAND', `ping ${address} from ${namespace}: ${why}`));
        return;
      }
      const all = Array.from({ length: sent }, (_, at) => at + 1);
      const lost = all.filter((sequence) => !replies.has(sequence));
      resolve({ sent, received: replies.size, lost, duplicates });
    });
  });
  return { child, replies, finished };
}
