import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attempt, CHECKOUT, LabError, waitFor } from '#lab';

/**
 * Starts a lab as npm does, in a sandbox inside the tests' own, ends it in every way there is, and looks for what
 * is left. The chain: npm (here a shell), scripts/run, unshare, the sandbox's first process, Node.
 */
const CHAIN = {
  npm: /^sh -c scripts\/run/,
  run: /^bash .*scripts\/run exec/,
  unshare: /^unshare /,
  sandbox: /^bash .*scripts\/sandbox/,
  node: /^node .*small-lab/,
} as const;

const MARK = 'TENANTFLOW_TEST_RUN';
let mark: string;
let before: unknown;

beforeEach(() => {
  mark = randomUUID();
  before = surroundings();
});

/** Should an expectation fail, its lab must not disturb the next one. */
afterEach(() => {
  for (const { pid } of marked()) process.kill(pid, 'SIGKILL');
});

describe('a lab leaves nothing behind', () => {
  it('when it ends by itself', async () => {
    const { status } = await attempt(
      ['scripts/run', 'exec', 'sh', '-c', 'ip netns add x && touch /run/x && exit 7'],
      {
        env: { [MARK]: mark },
      },
    );
    expect(status).toBe(7);
    await expectNothingLeft();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('on %s', async (signal) => {
    const lab = await startLab();
    process.kill(find('run'), signal);
    const [status] = await lab.ended;
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(lab.output()).toBe('up\n\ntenantflow: stopped; the lab is gone and nothing of it is left.\n');
    await expectNothingLeft();
  });

  it.each(Object.keys(CHAIN) as (keyof typeof CHAIN)[])('when %s is killed', async (victim) => {
    const lab = await startLab();
    process.kill(find(victim), 'SIGKILL');
    await lab.ended;
    await expectNothingLeft();
  });

  it('when it is killed while it starts', async () => {
    const lab = launch();
    await waitFor(() => marked().some(({ command }) => CHAIN.node.test(command)), {
      what: 'Node',
      everyMs: 1,
    });
    process.kill(find('run'), 'SIGKILL');
    await lab.ended;
    await expectNothingLeft();
  });
});

describe('scripts/run', () => {
  it('tells how it is used', async () => {
    const { status, stderr } = await attempt(['scripts/run', 'nonsense']);
    expect(status).toBe(2);
    expect(stderr).toContain('scripts/run demo');
  });

  it('says that it needs root', async () => {
    const { status, stderr } = await attempt([
      'setpriv',
      '--reuid=65534',
      '--clear-groups',
      'scripts/run',
      'demo',
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain('needs root');
  });

  it('lets no test of the lab run outside of it', async () => {
    const { status, stdout, stderr } = await attempt(
      ['npx', 'vitest', 'run', '--project=real', 'test/lab.test.ts'],
      {
        env: { TENANTFLOW_SANDBOX: '' },
      },
    );
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('start it with npm test -- test/lab.test.ts');
  });
});

function launch() {
  const child = spawn(
    'sh',
    ['-c', 'scripts/run exec scripts/typescript test/fixtures/small-lab.ts; exit $?'],
    {
      cwd: CHECKOUT,
      env: { ...process.env, [MARK]: mark },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return { ended: once(child, 'exit'), output: () => output };
}

async function startLab() {
  const lab = launch();
  await waitFor(() => /^up$/m.test(lab.output()), { what: 'the lab to be up' }).catch((cause: unknown) => {
    throw new LabError('LAB_DAEMON', `the lab did not start: ${lab.output()}`, { cause });
  });
  expect(marked().map(({ command }) => command.replace(/ .*/, ''))).toEqual(
    expect.arrayContaining(['ovsdb-server', 'ovs-vswitchd', '/usr/bin/python3']),
  );
  return lab;
}

async function expectNothingLeft(): Promise<void> {
  await waitFor(() => marked().length === 0, { what: 'all processes to be gone' });
  expect(surroundings()).toEqual(before);
}

/** What a lab could leave, but for processes. */
function surroundings(): unknown {
  const list = (command: string, ...args: string[]) =>
    execFileSync(command, args, { encoding: 'utf8' }).split('\n');
  return {
    links: list('ip', '-brief', 'link').map((line) => line.split(' ')[0]),
    mounts: readFileSync('/proc/self/mounts', 'utf8').split('\n'),
    files: list('find', '/run', '/dev/shm', '-mindepth', '1').sort(),
    temporary: readdirSync(tmpdir()).sort(),
  };
}

/** The processes that the present test's lab consists of: they have its mark in their environment. */
function marked(): readonly { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const isMarked = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${mark}`);
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return isMarked ? [{ pid, command }] : [];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

function find(link: keyof typeof CHAIN): number {
  const found = marked().filter(({ command }) => CHAIN[link].test(command));
  const [first] = found;
  if (!first)
    throw new Error(
      `no ${link} among\n${marked()
        .map(({ command }) => command)
        .join('\n')}`,
    );
  return first.pid;
}
