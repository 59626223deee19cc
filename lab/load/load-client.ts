import type { Vm } from '../vm.ts';
import { Program } from './program.ts';

/** What the load generator (client.c) says of one of its tasks. Times of answers in microseconds. */
export interface Told {
  /** Answers. */
  readonly count: number;
  readonly seconds: number;
  /** Connections that failed, were reset or given up. */
  readonly errors: number;
  /** Connections that are open now. */
  readonly kept: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  /** Answers that took more than 100 ms. */
  readonly stalls: number;
}

/** Answers requests at these TCP ports of a guest, a process for each. Returns when it listens. */
export async function startServer(vm: Vm, ports: readonly number[], cpu?: number): Promise<{ stop(): void }> {
  const server = new Program(vm, 'server', ports.map(String), cpu);
  await server.hear();
  return server;
}

/** Makes connections from a guest to servers at these ports of an address, by turns. */
export class LoadClient {
  readonly #program: Program;

  constructor(vm: Vm, address: string, ports: readonly number[], cpu?: number) {
    this.#program = new Program(vm, 'client', [address, ...ports.map(String)], cpu);
  }

  /** Opens connections and keeps them. */
  open(count: number): Promise<Told> {
    return this.#ask(`open ${count}`);
  }

  /** `width` requests at a time on all kept connections by turns, each for `size` bytes. */
  exchange(seconds: number, width: number, size: number): Promise<Told> {
    return this.#ask(`exchange ${seconds} ${width} ${size}`);
  }

  /** New connections, `width` at a time: each asks for a byte and is closed by a RST or by FINs. */
  rate(seconds: number, width: number, end: 'reset' | 'fin'): Promise<Told> {
    return this.#ask(`rate ${seconds} ${width} ${end}`);
  }

  /** Asks for a byte on each kept connection once in `periodMs`, and once at least, until `endPace`. */
  pace(periodMs: number): void {
    this.#program.say(`pace ${periodMs}`);
  }

  endPace(): Promise<Told> {
    return this.#ask('');
  }

  /** Closes what is kept. */
  close(): Promise<Told> {
    return this.#ask('close');
  }

  stop(): void {
    this.#program.stop();
  }

  async #ask(line: string): Promise<Told> {
    this.#program.say(line);
    return (await this.#program.hear()) as Told;
  }
}

/** A guest may have as many connections as there are ports, and closed ones take none. */
export async function allowManyConnections(vm: Vm): Promise<void> {
  const settings = ['ip_local_port_range=1024 65535', 'tcp_max_tw_buckets=0', 'tcp_syn_retries=3'];
  for (const setting of settings) await vm.exec(['sysctl', '-qw', `net.ipv4.${setting}`]);
}
