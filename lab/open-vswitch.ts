import { existsSync, symlinkSync } from 'node:fs';
import { run } from './command.ts';
import { Daemon } from './daemon.ts';
import { allowHugePages, DPDK_VSWITCHD, type DpdkOptions, dpdkSettings } from './dpdk.ts';
import { labFolder } from './sandbox.ts';
import { Unixctl } from './unixctl.ts';
import { waitFor } from './wait-for.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/**
 * One Open vSwitch of its own: database, switch process, run folder and logs, in a network namespace.
 * Inside its run folder all names are OVS's defaults, so `OVS_RUNDIR=<folder>` is all its tools need.
 */
export class OpenVswitch {
  readonly folder: string;
  readonly database: Daemon;
  readonly vswitchd: Daemon;
  readonly #env: Readonly<Record<string, string>>;
  readonly #dpdk: DpdkOptions | undefined;

  /** With `dpdk` its switch process is the one with DPDK. */
  constructor(namespace: string, dpdk?: DpdkOptions) {
    this.folder = labFolder(namespace);
    this.#dpdk = dpdk;
    this.#env = { OVS_RUNDIR: this.folder, OVS_DBDIR: this.folder, OVS_LOGDIR: this.folder };
    const daemon = (name: string, args: readonly string[], program = name) =>
      new Daemon({
        name: `${namespace}'s ${name}`,
        argv: [program, ...args, '--pidfile', '-vsyslog:off', '-vfile:off'],
        log: `${this.folder}/${name}.log`,
        namespace,
        env: this.#env,
      });
    this.database = daemon('ovsdb-server', [
      `${this.folder}/conf.db`,
      `--remote=punix:${this.folder}/db.sock`,
      '--remote=db:Open_vSwitch,Open_vSwitch,manager_options',
      // Whatever `ovs-vsctl set-ssl` says, as Debian's service has it.
      '--private-key=db:Open_vSwitch,SSL,private_key',
      '--certificate=db:Open_vSwitch,SSL,certificate',
      '--ca-cert=db:Open_vSwitch,SSL,ca_cert',
    ]);
    // By the name under which it is started it names its files, and its tools look for them under this one.
    const program = dpdk && `${this.folder}/ovs-vswitchd`;
    if (program) symlinkSync(DPDK_VSWITCHD, program);
    this.vswitchd = daemon('ovs-vswitchd', [`unix:${this.folder}/db.sock`], program);
  }

  /** Starts what does not run; the database is made the first time and kept afterwards. */
  async start(): Promise<void> {
    if (!this.database.running) {
      const file = `${this.folder}/conf.db`;
      if (!existsSync(file)) await run(['ovsdb-tool', 'create', file, SCHEMA]);
      this.database.start();
      await waitFor(
        () => {
          this.database.mustRun();
          return existsSync(`${this.folder}/db.sock`);
        },
        { what: `${this.database.name} to listen`, everyMs: 5 },
      );
      await this.vsctl('--retry', '--no-wait', 'init');
      if (this.#dpdk) await this.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', ...dpdkSettings(this.#dpdk));
    }
    if (this.vswitchd.running) return;
    if (this.#dpdk) allowHugePages();
    this.vswitchd.start();
    if (this.#dpdk) await this.#dpdkStarted();
  }

  /** Asks both processes to end. The switch's flows are gone afterwards, as after any restart of OVS. */
  async stop(): Promise<void> {
    await this.vswitchd.stop();
    await this.database.stop();
  }

  /** SIGKILL to both processes. */
  async kill(): Promise<void> {
    await Promise.all([this.vswitchd.kill(), this.database.kill()]);
  }

  /** Runs ovs-vsctl, which waits until the switch has done it, and returns what it printed. */
  vsctl(...args: readonly string[]): Promise<string> {
    return run(['ovs-vsctl', '--timeout=30', ...args], { env: this.#env });
  }

  /** Runs `ovs-ofctl -O OpenFlow13`. Flows to add may come on `stdin`. */
  ofctl(args: readonly string[], stdin?: string): Promise<string> {
    return run(['ovs-ofctl', '-O', 'OpenFlow13', ...args], { env: this.#env, stdin });
  }

  /** Has the switch process do what ovs-appctl(8) would. */
  async appctl(command: string, ...args: readonly string[]): Promise<string> {
    const control = await this.control();
    try {
      return await control.call(command, ...args);
    } finally {
      control.close();
    }
  }

  /** A connection to the switch process, for many such commands. */
  control(): Promise<Unixctl> {
    return Unixctl.open(`${this.folder}/ovs-vswitchd.${this.vswitchd.pid}.ctl`);
  }

  /** The end of both logs, each under a heading. */
  logTails(lines?: number): string {
    return [this.database, this.vswitchd]
      .map((d) => `--- ${d.name} (${d.log})\n${d.logTail(lines)}`)
      .join('\n');
  }

  /** Without huge pages, or a library of DPDK's, the process ends; its log tells why. */
  async #dpdkStarted(): Promise<void> {
    await waitFor(
      async () =>
        !this.vswitchd.running ||
        (await this.vsctl('get', 'Open_vSwitch', '.', 'dpdk_initialized')).trim() === 'true',
      { what: `${this.vswitchd.name} to start DPDK` },
    );
    this.vswitchd.mustRun();
  }
}
