import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inNamespace } from './command.ts';
import { LabError } from './errors.ts';
import type { Vm } from './vm.ts';
import { waitFor } from './wait-for.ts';

const HELPER = new URL('tcp-streams.py', import.meta.url).pathname;
const PORT = 7_007;

/** What became of streams: numbers over all of them. */
export interface StreamsResult {
  readonly sent: number;
  readonly answered: number;
  /** Streams that ended, or answered out of order. */
  readonly broken: number;
  /** Segments that either guest's kernel sent again meanwhile: lost, or late. */
  readonly retransmitted: number;
}

/** TCP streams between two guests, never at rest, through a helper process in each (tcp-streams.py). */
export class TcpStreams {
  readonly #guests: readonly Vm[];
  readonly #server: ChildProcessWithoutNullStreams;
  readonly #client: ChildProcessWithoutNullStreams;
  readonly #told: Record<string, number>[] = [];
  #retransmittedBefore = 0;
  #problems = '';

  private constructor(from: Vm, to: Vm, streams: number, intervalMs: number) {
    this.#guests = [from, to];
    this.#server = helper(to, ['serve', `${PORT}`]);
    this.#client = helper(from, ['ask', to.ip, `${PORT}`, `${streams}`, `${intervalMs / 1_000}`]);
    for (const child of [this.#server, this.#client])
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        this.#problems += text;
      });
    createInterface(this.#client.stdout).on('line', (line) => this.#told.push(JSON.parse(line)));
  }

  /** Opens streams; each asks for an answer every so many milliseconds. Returns when all are open. */
  static async start(from: Vm, to: Vm, streams: number, intervalMs: number): Promise<TcpStreams> {
    const all = new TcpStreams(from, to, streams, intervalMs);
    await all.#next('open');
    all.#retransmittedBefore = await all.#retransmitted();
    return all;
  }

  /** Ends them once all that was asked has been answered. */
  async stop(): Promise<StreamsResult> {
    this.#client.stdin.end();
    const { sent = 0, answered = 0, broken = 0 } = await this.#next('sent');
    const retransmitted = (await this.#retransmitted()) - this.#retransmittedBefore;
    this.#server.kill('SIGKILL');
    return { sent, answered, broken, retransmitted };
  }

  #next(key: string): Promise<Record<string, number>> {
    return waitFor(
      () => {
        const found = this.#told.find((each) => key in each);
        if (found === undefined && this.#client.exitCode !== null)
          throw new LabError('LAB_COMMAND', `tcp-streams: ${this.#problems.trim()}`);
        return found;
      },
      { what: `streams to tell ${key}`, timeoutMs: 60_000 },
    );
  }

  async #retransmitted(): Promise<number> {
    const texts = await Promise.all(this.#guests.map((vm) => vm.exec(['cat', '/proc/net/snmp'])));
    return texts.reduce((sum, text) => sum + retransmittedSegments(text), 0);
  }
}

/** TcpRetransSegs of /proc/net/snmp (RFC 4022: tcpRetransSegs). */
function retransmittedSegments(text: string): number {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('RetransSegs')] ?? 0);
}

function helper(vm: Vm, args: readonly string[]): ChildProcessWithoutNullStreams {
  const [command = '', ...rest] = inNamespace(['/usr/bin/python3', '-I', '-S', HELPER, ...args], vm.name);
  return spawn(command, rest);
}
