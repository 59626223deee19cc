import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const fileOf = (name: string) => fileURLToPath(new URL(`../examples/${name}.ts`, import.meta.url));

/** An example as a process of its own; resolves with the first line of output that fits. */
function run(name: string, port: number): (pattern: RegExp) => Promise<RegExpExecArray> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', fileOf(name), String(port)],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    },
  );
  children.push(child);
  let output = '';
  const seen = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      seen.dispatchEvent(new Event('output'));
    });
  }
  return (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output);
        if (found !== null) resolve(found);
      };
      child.on('exit', () => reject(new Error(`${name} ended: ${output}`)));
      seen.addEventListener('output', look);
      look();
    });
}

describe('examples', () => {
  it('the switch and the controller understand each other', async () => {
    const controller = run('controller', 0);
    const [, port] = await controller(/"port":(\d+)/);
    const switch_ = run('switch', Number(port));
    await controller(/OFPT_FEATURES_REPLY .*xid=0x1/);
    await switch_(/OFPT_FLOW_MOD .* priority=0 actions=CONTROLLER:65535/);
    await controller(/OFPT_PACKET_IN/);
    await switch_(/OFPT_PACKET_OUT/);
  }, 20_000);

  it.each(['switch', 'controller'])('%s.ts fits on a page', (name) => {
    expect(readFileSync(fileOf(name), 'utf8').split('\n').length).toBeLessThanOrEqual(40);
  });
});
