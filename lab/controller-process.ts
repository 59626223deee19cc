import { readFileSync } from 'node:fs';
import { Daemon } from './daemon.ts';
import { RestClient } from './rest.ts';
import { CHECKOUT, labFolder } from './sandbox.ts';
import { waitFor } from './wait-for.ts';

export interface ControllerOptions {
  /** Name of its folder of data and log. Default `controller`. */
  readonly name?: string;
  readonly openflow?: string;
  readonly ovsdb?: string;
  readonly api?: string;
  readonly metrics?: string;
  readonly logLevel?: string;
  /** Runs what `npm run bundle` has made, as an install does, not the sources. Default false. */
  readonly compiled?: boolean;
  /** Further arguments of `tenantflow serve`. */
  readonly args?: readonly string[];
  /** Its directory of data. Default: one in its folder. */
  readonly dataDir?: string;
  /** Further environment of its process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A line of the controller's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** `tenantflow serve` as a process of the lab, with its documented ports. Its data outlive a restart, not the lab. */
export class ControllerProcess {
  readonly rest: RestClient;
  readonly daemon: Daemon;
  readonly dataDir: string;
  readonly #metrics: string;

  constructor(options: ControllerOptions = {}) {
    const {
      name = 'controller',
      openflow = '0.0.0.0:6653',
      ovsdb = '0.0.0.0:6640',
      api = '127.0.0.1:9696',
    } = options;
    const { metrics = '127.0.0.1:9697', logLevel = 'info', args = [], env = {} } = options;
    const program = options.compiled ? ['node', `${CHECKOUT}/bin/start.cjs`] : [`${CHECKOUT}/bin/tenantflow`];
    const folder = labFolder(name);
    this.dataDir = options.dataDir ?? `${folder}/data`;
    const addresses = ['--openflow', openflow, '--ovsdb', ovsdb, '--api', api, '--metrics', metrics];
    this.daemon = new Daemon({
      name: 'the controller',
      argv: [
        ...[...program, 'serve', '--data-dir', this.dataDir],
        ...[...addresses, '--log-level', logLevel, ...args],
      ],
      log: `${folder}/tenantflow.log`,
      env,
    });
    this.rest = new RestClient(`http://${api}`);
    this.#metrics = `http://${metrics}`;
  }

  /** Starts it and returns when it says that it is ready. */
  async start(): Promise<void> {
    this.daemon.start();
    await this.ready();
  }

  /** Returns when it says that it is ready; throws LAB_DAEMON when it has ended instead. */
  async ready(): Promise<void> {
    await waitFor(
      async () => {
        if (!this.daemon.running) return true;
        return (await fetch(`${this.#metrics}/readyz`)).ok;
      },
      { what: 'the controller to be ready' },
    );
    this.daemon.mustRun();
  }

  /** Asks it to end and returns when it has. */
  stop(): Promise<void> {
    return this.daemon.stop();
  }

  /** SIGKILL. */
  kill(): Promise<void> {
    return this.daemon.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Its metrics, in Prometheus' text form. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.#metrics}/metrics`)).text();
  }

  /** Everything it has logged, over all its starts; what is not JSON (a crash) comes as `{ msg }`. */
  log(): readonly LogLine[] {
    const lines = readFileSync(this.daemon.log, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return { msg: line };
      }
    });
  }

  logTails(lines?: number): string {
    return `--- ${this.daemon.name} (${this.daemon.log})\n${this.daemon.logTail(lines)}`;
  }
}
