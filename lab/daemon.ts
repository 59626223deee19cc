import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inNamespace } from './command.ts';
import { LabError } from './errors.ts';

export interface DaemonOptions {
  readonly name: string;
  readonly argv: readonly string[];
  /** File that takes what the process prints; it grows over restarts. */
  readonly log: string;
  readonly namespace?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A process of the lab that runs until it is told to stop: a child in the foreground, so that it is always reaped. */
export class Daemon {
  readonly name: string;
  readonly log: string;
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: DaemonOptions) {
    this.name = options.name;
    this.log = options.log;
    this.#options = options;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Process id while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.running) throw new LabError('LAB_DAEMON', `${this.name} runs already`);
    const { argv, namespace, env } = this.#options;
    const [command = '', ...args] = inNamespace(argv, namespace);
    const log = openSync(this.log, 'a');
    const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
    closeSync(log);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#child = undefined;
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
  }

  /** Asks it to end, insists after `graceMs`, and returns when it is gone. */
  async stop(graceMs = 5_000): Promise<void> {
    this.#child?.kill('SIGTERM');
    const timer = new AbortController();
    const gone = await Promise.race([
      this.#ended.then(() => true),
      sleep(graceMs, false, { signal: timer.signal }).catch(() => true),
    ]);
    timer.abort();
    if (!gone) await this.kill();
  }

  /** SIGKILL: it gets no chance to tidy up. Returns when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGSTOP: it lives, holds its connections, and does nothing until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Throws LAB_DAEMON, with the end of its log, unless it runs. */
  mustRun(): void {
    if (!this.running) throw new LabError('LAB_DAEMON', `${this.name} ended by itself\n${this.logTail()}`);
  }

  /** The last lines of what it printed. */
  logTail(lines = 20): string {
    try {
      return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }
}
