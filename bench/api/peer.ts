import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A server under test: a process of this bench, which ends with it. */
export interface Peer {
  readonly name: string;
  /** `http://host:port` */
  readonly url: string;
  stop(): Promise<void>;
}

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const SCHEMA = fileURLToPath(new URL('neutron-schema.py', import.meta.url));
const NEUTRON = '/usr/bin/neutron-server';
/** Debian's; the one in the path may be another, which has no Neutron. */
const PYTHON = '/usr/bin/python3';
/** Milliseconds until a server must answer. */
const PATIENCE = 60_000;

/** `tenantflow serve` from this checkout, as operators run it, without limits on what a project may have. */
export async function startTenantflow(folder: string): Promise<Peer> {
  const port = await freePort();
  const any = '127.0.0.1:0';
  const { version } = JSON.parse(readFileSync(`${CHECKOUT}/package.json`, 'utf8')) as { version: string };
  const child = start(`${folder}/tenantflow.log`, `${CHECKOUT}/bin/tenantflow`, [
    ...[
      'serve',
      '--data-dir',
      `${folder}/data`,
      '--api',
      `127.0.0.1:${port}`,
      '--quotas',
      'port:-1,network:-1',
    ],
    ...['--openflow', any, '--ovsdb', any, '--metrics', any, '--log-level', 'warn'],
  ]);
  return answering(`tenantflow ${version}`, port, child, `${folder}/tenantflow.log`);
}

/** A neutron-server of Debian with ML2, SQLite and no Keystone. Installs it if it is missing. */
export async function startNeutron(folder: string): Promise<Peer> {
  install();
  const port = await freePort();
  mkdirSync(`${folder}/policies`, { recursive: true });
  writeFileSync(`${folder}/policy.json`, '{}');
  writeFileSync(`${folder}/neutron.conf`, neutronConf(folder, port));
  writeFileSync(`${folder}/ml2.ini`, ML2);
  const config = ['--config-file', `${folder}/neutron.conf`, '--config-file', `${folder}/ml2.ini`];
  execFileSync(PYTHON, [SCHEMA, `sqlite:///${folder}/neutron.sqlite`], { stdio: 'pipe' });
  execFileSync('/usr/bin/neutron-db-manage', [...config, 'stamp', 'heads'], { stdio: 'pipe' });
  const child = start(`${folder}/neutron.log`, NEUTRON, config);
  const version = execFileSync('dpkg-query', ['--status', 'neutron-server'])
    .toString()
    .match(/^Version: (.*)$/m)?.[1];
  return answering(`neutron-server ${version}`, port, child, `${folder}/neutron.log`);
}

function install(): void {
  if (existsSync(NEUTRON)) return;
  console.error('bench: installing neutron-server (apt-get)');
  const options = { stdio: 'pipe', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  execFileSync('apt-get', ['--yes', '--quiet', 'update'], options);
  execFileSync(
    'apt-get',
    ['--yes', '--quiet', '--no-install-recommends', 'install', 'neutron-server'],
    options,
  );
}

/**
 * One process and one request at a time, because SQLite takes one writer and answers the others that it is locked; an
 * empty folder of policies, because none at all means the whole folder.
 */
function neutronConf(folder: string, port: number): string {
  return `[DEFAULT]
bind_host = 127.0.0.1
bind_port = ${port}
auth_strategy = noauth
core_plugin = ml2
service_plugins = trunk,tag,timestamp,revisions
api_paste_config = /etc/neutron/api-paste.ini
state_path = ${folder}
transport_url = fake://
wsgi_default_pool_size = 1
wsgi_keep_alive = false
api_workers = 0
rpc_workers = 0
rpc_state_report_workers = 0
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
dhcp_agent_notification = false
[oslo_concurrency]
lock_path = ${folder}/locks
[database]
connection = sqlite:///${folder}/neutron.sqlite
[oslo_messaging_notifications]
driver = noop
[oslo_policy]
policy_dirs = ${folder}/policies
policy_file = ${folder}/policy.json
[quotas]
quota_network = -1
quota_port = -1
`;
}

const ML2 = `[ml2]
type_drivers = flat,vlan,vxlan,gre,geneve,local
tenant_network_types = vxlan
mechanism_drivers = openvswitch
extension_drivers = port_security
[ml2_type_vxlan]
vni_ranges = 1:1000
`;

function start(log: string, command: string, args: readonly string[]): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', output, output] });
  closeSync(output);
  return child;
}

async function answering(name: string, port: number, child: ChildProcess, log: string): Promise<Peer> {
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    const insist = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(insist);
  };
  process.once('exit', () => child.kill('SIGKILL'));
  for (const end = performance.now() + PATIENCE; performance.now() < end && child.exitCode === null; ) {
    if (
      await fetch(`${url}/v2.0/networks`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return { name, url, stop };
    await sleep(200);
  }
  await stop();
  throw new Error(`${name} does not answer at ${url}:\n${readFileSync(log, 'utf8').slice(-2_000)}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
