import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { attempt, CHECKOUT, waitFor } from '#lab';

/** The two commands of the README, as a stranger types them, in a sandbox inside the tests' own. */
describe('npm run demo', () => {
  it('ends well, with the matrix', async () => {
    const { status, stdout, stderr } = await attempt(['npm', 'run', 'demo'], { timeoutMs: 180_000 });
    expect(stdout, stderr).toContain('132 of 132 as expected');
    expect(stdout).toContain('red1   hv1   - ● ● ● ● ●   · · · · · ·     - ● ● ● ● ●   · · · · · ·');
    expect(stdout).toContain('blue6  hv3   · · · · · ·   ● ● ● ● ● -     · · · · · ·   ● ● ● ● ● -');
    expect(status).toBe(0);
  }, 200_000);
});

describe('npm run lab', () => {
  let npm: ChildProcess | undefined;
  afterEach(() => npm?.kill('SIGTERM'));

  it('prints commands that work, and is gone with the npm that started it', async () => {
    const child = spawn('npm', ['run', 'lab'], { cwd: CHECKOUT, stdio: ['ignore', 'pipe', 'inherit'] });
    npm = child;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await waitFor(() => output.includes('until Ctrl-C') || child.exitCode !== null, {
      what: 'the lab to be up',
      timeoutMs: 120_000,
    });
    expect(child.exitCode, output).toBeNull();

    const commands = [...output.matchAll(/^ +(nsenter .*)$/gm)].map(([, command = '']) => command);
    expect(commands.length).toBeGreaterThanOrEqual(8);
    for (const command of commands) {
      // What shows packets, or waits for input, ends only when it is told to.
      const { status, stdout, stderr } = await attempt(['timeout', '--signal=INT', '5', 'sh', '-c', command]);
      expect([0, 124], `${command}\n${stdout}${stderr}`).toContain(status);
    }

    const [, sandbox] = /nsenter -t (\d+)/.exec(output) ?? [];
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await waitFor(async () => (await attempt(['test', '-e', `/proc/${sandbox}`])).status === 1, {
      what: 'the sandbox to be gone',
    });
  }, 200_000);
});
