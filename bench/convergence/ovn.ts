import { existsSync } from 'node:fs';
import { attempt, Daemon, run, waitFor } from '#lab';
import { DummySwitch } from '../../lab/fleet/dummy-switch.ts';
import { type Contender, type Demand, macOf } from './contender.ts';

const QUIET = ['-vconsole:off', '-vsyslog:off', '-vfile:off'];
/** Ports that one ovn-nbctl makes. */
const BATCH = 100;

/** OVN on one machine: both databases, ovn-northd, and an ovn-controller for the one chassis. */
export class Ovn implements Contender {
  readonly switch: DummySwitch;
  readonly #env: Readonly<Record<string, string>>;
  readonly #daemons: Daemon[] = [];
  #nbctlDaemon = '';
  #controller: Daemon | undefined;
  #ports = 0;
  #networks = 0;

  constructor(name: string) {
    this.switch = new DummySwitch(name);
    const { folder } = this.switch;
    this.#env = {
      OVS_RUNDIR: folder,
      OVN_RUNDIR: folder,
      OVN_NB_DB: `unix:${folder}/nb.sock`,
      OVN_SB_DB: `unix:${folder}/sb.sock`,
    };
  }

  async begin({ ports, networks, additions }: Demand): Promise<void> {
    this.#ports = ports;
    this.#networks = networks;
    await this.#startDatabases();
    const all = Array.from({ length: ports }, (_, at) => at);
    const spare = Array.from({ length: additions }, (_, at) => ports + at);
    const ids = new Map([...all, ...spare].map((at) => [`p${at}`, `lp${at}`]));
    await this.switch.addInterfaces([...ids.keys()], ids);
    this.#runController();
    await this.#nbctl(
      ...Array.from({ length: networks }, (_, at) => ['--', 'ls-add', `ls${at}`]).flat(),
      ...GROUP,
    );
    for (let at = 0; at < ports; at += BATCH)
      await this.#nbctl(...all.slice(at, at + BATCH).flatMap((port) => portWords(port, networks)));
    await this.#nbctl('--wait=hv', 'sync');
  }

  /** For a restart it leaves its flows and its chassis. */
  async stopController(how: 'for good' | 'for a restart'): Promise<void> {
    const socket = `${this.switch.folder}/ovn-controller.${this.#controller?.pid}.ctl`;
    const options = how === 'for a restart' ? ['--restart'] : [];
    await run(['ovn-appctl', '-t', socket, 'exit', ...options], { env: this.#env });
    await waitFor(() => this.#controller?.running === false, { what: 'ovn-controller to end', everyMs: 10 });
  }

  async startController(): Promise<void> {
    this.#runController();
    // Without a chassis there would be nothing to wait for.
    await waitFor(
      async () =>
        (await attempt(['ovn-sbctl', 'get', 'chassis', 'ch1', 'name'], { env: this.#env })).status === 0,
      { what: 'the chassis', everyMs: 10 },
    );
    await this.#nbctl('--wait=hv', 'sync');
  }

  addPort(at: number): Promise<string> {
    return this.#nbctl('--wait=hv', ...portWords(this.#ports + at, this.#networks).slice(1));
  }

  addRule(port: number): Promise<string> {
    return this.#nbctl('--wait=hv', ...ruleWords(`tcp && tcp.dst == ${port}`).slice(1));
  }

  async stop(): Promise<void> {
    await this.#controller?.stop();
    if (this.#nbctlDaemon !== '') await attempt(['ovn-appctl', '-t', this.#nbctlDaemon, 'exit']);
    for (const daemon of this.#daemons.reverse()) await daemon.stop();
    await this.switch.stop();
  }

  async #startDatabases(): Promise<void> {
    const { folder } = this.switch;
    await this.switch.start();
    for (const name of ['nb', 'sb']) {
      await run(['ovsdb-tool', 'create', `${folder}/${name}.db`, `/usr/share/ovn/ovn-${name}.ovsschema`]);
      await this.#daemon(`${name} database`, [
        ...['ovsdb-server', `${folder}/${name}.db`, `--remote=punix:${folder}/${name}.sock`],
        ...[`--unixctl=${folder}/${name}.ctl`, ...QUIET],
      ]);
      await waitFor(() => existsSync(`${folder}/${name}.sock`), {
        what: `OVN's ${name} database`,
        everyMs: 5,
      });
    }
    await this.switch.vsctl(
      ...[
        'add-br',
        'br-int',
        '--',
        'set',
        'bridge',
        'br-int',
        'fail_mode=secure',
        '--',
        'set',
        'Open_vSwitch',
        '.',
      ],
      ...[
        'system-id=ch1',
        `ovn-remote=${this.#env.OVN_SB_DB}`,
        'ovn-encap-type=geneve',
        'ovn-encap-ip=127.0.0.1',
      ].map((id) => `external_ids:${id}`),
      'external_ids:ovn-remote-probe-interval=0',
      'external_ids:ovn-openflow-probe-interval=0',
    );
    await this.#daemon('ovn-northd', ['ovn-northd', `--unixctl=${folder}/northd.ctl`, ...QUIET]);
    // A daemon for commands: otherwise each would read the whole database first.
    await run(['ovn-nbctl', `--unixctl=${folder}/nbctl.ctl`, '--detach', ...QUIET], { env: this.#env });
    this.#nbctlDaemon = `${folder}/nbctl.ctl`;
    await this.#nbctl('init');
  }

  async #daemon(name: string, argv: readonly string[]): Promise<Daemon> {
    const log = `${this.switch.folder}/${name.replaceAll(' ', '-')}.log`;
    const daemon = new Daemon({ name: `OVN's ${name}`, argv, log, env: this.#env });
    daemon.start();
    this.#daemons.push(daemon);
    return daemon;
  }

  #runController(): void {
    this.#controller = new Daemon({
      name: 'ovn-controller',
      argv: ['ovn-controller', this.switch.target, ...QUIET],
      log: `${this.switch.folder}/ovn-controller.log`,
      env: this.#env,
    });
    this.#controller.start();
  }

  #nbctl(...words: readonly string[]): Promise<string> {
    const env = { ...this.#env, ...(this.#nbctlDaemon !== '' && { OVN_NB_DAEMON: this.#nbctlDaemon }) };
    return run(['ovn-nbctl', '--timeout=120', ...words], { env, timeoutMs: 130_000 });
  }
}

/** A port with its address, port security and groups, as Neutron's driver makes it. */
function portWords(port: number, networks: number): readonly string[] {
  const within = Math.floor(port / networks);
  const address = `"${macOf(port)} 10.${port % networks}.${Math.floor(within / 200)}.${(within % 200) + 10}"`;
  return [
    ...['--', `--id=@p${port}`, 'create', 'logical_switch_port', `name=lp${port}`, `addresses=[${address}]`],
    `port_security=[${address}]`,
    ...['--', 'add', 'logical_switch', `ls${port % networks}`, 'ports', `@p${port}`],
    ...['--', 'add', 'port_group', 'pg_drop', 'ports', `@p${port}`],
    ...['--', 'add', 'port_group', 'pg', 'ports', `@p${port}`],
  ];
}

function ruleWords(match: string): readonly string[] {
  return ['--', 'acl-add', 'pg', 'to-lport', '1002', `outport == @pg && ip4 && ${match}`, 'allow-related'];
}

/** What is not allowed drops; the rules of Neutron's default group, and two that tutorials add. */
const GROUP: readonly string[] = [
  ...[
    '--',
    'pg-add',
    'pg_drop',
    '--',
    'acl-add',
    'pg_drop',
    'to-lport',
    '1001',
    'outport == @pg_drop && ip',
    'drop',
  ],
  ...[
    '--',
    'acl-add',
    'pg_drop',
    'from-lport',
    '1001',
    'inport == @pg_drop && ip',
    'drop',
    '--',
    'pg-add',
    'pg',
  ],
  ...['--', 'acl-add', 'pg', 'from-lport', '1002', 'inport == @pg && ip4', 'allow-related'],
  ...['ip4.src == $pg_ip4', 'tcp && tcp.dst == 22', 'icmp4'].flatMap(ruleWords),
];
