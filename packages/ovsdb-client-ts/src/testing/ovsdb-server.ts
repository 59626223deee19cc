import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A real ovsdb-server with an empty database, private to one test. */
export interface TestServer {
  /** Everything of this server is in here; removed by `stop`. */
  readonly directory: string;
  /** `unix:…`: what `connect` and `ovs-vsctl --db` take. */
  readonly target: string;
  readonly pid: number;
  /** Runs `ovs-vsctl --no-wait` on the database and returns its output, trimmed. */
  vsctl(...words: readonly string[]): Promise<string>;
  /** Runs `ovs-appctl` on the server: `exit`, `ovsdb-server/add-remote`, … */
  appctl(...words: readonly string[]): Promise<string>;
  /** The chosen port of a `ptcp:0:…` or `pssl:0:…` remote. */
  port(): Promise<number>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  /** The .ovsschema file. */
  readonly schema: string | URL;
  /** Further `--remote` values, such as `ptcp:0:127.0.0.1`. Managers in the database are always obeyed. */
  readonly remotes?: readonly string[];
  /** Further command-line arguments, such as `--private-key=…`. */
  readonly arguments?: readonly string[];
}

/** Starts ovsdb-server (Debian: openvswitch-common) in a fresh directory; resolves when it accepts connections. */
export async function startOvsdbServer(options: TestServerOptions): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-test-'));
  const path = (name: string): string => join(directory, name);
  const schema = options.schema instanceof URL ? options.schema.pathname : options.schema;
  await run('ovsdb-tool', ['create', path('conf.db'), schema]);
  const remotes = [
    `punix:${path('db.sock')}`,
    'db:Open_vSwitch,Open_vSwitch,manager_options',
    ...(options.remotes ?? []),
  ];
  await run('ovsdb-server', [
    path('conf.db'),
    ...remotes.map((remote) => `--remote=${remote}`),
    `--pidfile=${path('pid')}`,
    `--unixctl=${path('ctl')}`,
    `--log-file=${path('log')}`,
    '--no-chdir',
    '--detach',
    ...(options.arguments ?? []),
  ]);
  const pid = Number(await readFile(path('pid'), 'utf8'));
  const target = `unix:${path('db.sock')}`;
  const output = async (program: string, words: readonly string[]): Promise<string> =>
    (await run(program, [...words])).stdout.trim();
  const vsctl = (...words: readonly string[]): Promise<string> =>
    output('ovs-vsctl', [`--db=${target}`, '--no-wait', '--timeout=10', ...words]);
  await vsctl('init');
  return {
    directory,
    target,
    pid,
    vsctl,
    appctl: (...words) => output('ovs-appctl', ['-t', path('ctl'), ...words]),
    port: async () => Number(/listening on port (\d+)/.exec(await readFile(path('log'), 'utf8'))?.[1]),
    stop: async () => {
      kill(pid);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
