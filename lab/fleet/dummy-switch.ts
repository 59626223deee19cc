import { existsSync } from 'node:fs';
import { run } from '../command.ts';
import { Daemon } from '../daemon.ts';
import { labFolder } from '../sandbox.ts';
import { Unixctl } from '../unixctl.ts';
import { waitFor } from '../wait-for.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
/** Interfaces that are added by one ovs-vsctl. */
const BATCH = 200;

/** An Open vSwitch whose devices are all dummies: its OpenFlow tables are real, and thousands of ports cost nothing. */
export class DummySwitch {
  readonly folder: string;
  readonly #database: Daemon;
  readonly #vswitchd: Daemon;
  readonly #env: Readonly<Record<string, string>>;

  constructor(name: string) {
    this.folder = labFolder(name);
    this.#env = { OVS_RUNDIR: this.folder, OVS_DBDIR: this.folder, OVS_LOGDIR: this.folder };
    const daemon = (program: string, args: readonly string[]) =>
      new Daemon({
        name: `${name}'s ${program}`,
        argv: [program, ...args, '--pidfile', '-vsyslog:off', '-vfile:off'],
        log: `${this.folder}/${program}.log`,
        env: this.#env,
      });
    this.#database = daemon('ovsdb-server', [
      `${this.folder}/conf.db`,
      `--remote=punix:${this.folder}/db.sock`,
      '--remote=db:Open_vSwitch,Open_vSwitch,manager_options',
    ]);
    this.#vswitchd = daemon('ovs-vswitchd', [`unix:${this.folder}/db.sock`, '--enable-dummy=override']);
  }

  /** Where its database answers. */
  get target(): string {
    return `unix:${this.folder}/db.sock`;
  }

  async start(): Promise<void> {
    await run(['ovsdb-tool', 'create', `${this.folder}/conf.db`, SCHEMA]);
    this.#database.start();
    await waitFor(() => existsSync(`${this.folder}/db.sock`), { what: 'a database', everyMs: 5 });
    await this.vsctl('--retry', '--no-wait', 'init');
    this.#vswitchd.start();
  }

  async stop(): Promise<void> {
    await this.#vswitchd.stop();
    await this.#database.stop();
  }

  vsctl(...args: readonly string[]): Promise<string> {
    return run(['ovs-vsctl', '--timeout=60', ...args], { env: this.#env });
  }

  /** Adds interfaces to br-int, each with the iface-id that it has in `ids`, if any. */
  async addInterfaces(names: readonly string[], ids: ReadonlyMap<string, string>): Promise<void> {
    for (let at = 0; at < names.length; at += BATCH) {
      const words = names.slice(at, at + BATCH).flatMap((name) => {
        const id = ids.get(name);
        const iface = id === undefined ? [] : [`external_ids:iface-id=${id}`];
        return ['--', 'add-port', 'br-int', name, '--', 'set', 'interface', name, 'type=dummy', ...iface];
      });
      await this.vsctl(...words.slice(1));
    }
  }

  async flowCount(bridge = 'br-int'): Promise<number> {
    const text = await this.ofctl('dump-aggregate', bridge);
    return Number(/flow_count=(\d+)/.exec(text)?.[1]);
  }

  async deleteFlows(): Promise<void> {
    await this.ofctl('del-flows', 'br-int');
  }

  /** Flows that are older than so many seconds. */
  async olderThan(seconds: number): Promise<number> {
    const ages = (await this.ofctl('dump-flows', 'br-int')).matchAll(/duration=([0-9.]+)s/g);
    return [...ages].filter(([, age]) => Number(age) > seconds).length;
  }

  /** Runs `ovs-ofctl -O OpenFlow13`. */
  ofctl(...args: readonly string[]): Promise<string> {
    return run(['ovs-ofctl', '-O', 'OpenFlow13', ...args], { env: this.#env });
  }

  /** Has the switch process do what ovs-appctl(8) would. */
  async appctl(command: string, ...args: readonly string[]): Promise<string> {
    const control = await Unixctl.open(`${this.folder}/ovs-vswitchd.${this.#vswitchd.pid}.ctl`);
    try {
      return await control.call(command, ...args);
    } finally {
      control.close();
    }
  }

  /** Process id of the switch. */
  get pid(): number | undefined {
    return this.#vswitchd.pid;
  }

  /** The end of both logs. */
  logTails(lines?: number): string {
    return [this.#database, this.#vswitchd]
      .map((each) => `--- ${each.name}\n${each.logTail(lines)}`)
      .join('\n');
  }
}
