import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/**
 * The unit tests of openflow-codec hold its text to what ovs-ofctl once said, recorded in `vectors/`. This holds the
 * recordings to the ovs-ofctl that is installed.
 */
const VECTORS = fileURLToPath(new URL('../packages/openflow-codec/vectors/', import.meta.url));
const execute = promisify(execFile);
const AT_ONCE = 4;

interface Recording {
  readonly text: string;
  readonly hex: string;
}

/** Files with other texts than `ofp-print` gives. */
const OTHERS = ['flows.txt', 'texts.txt', 'actions.txt', 'read-back.txt', 'parsed.txt'];
const files = (await readdir(VECTORS)).filter((name) => name.endsWith('.txt') && !OTHERS.includes(name));

describe.each(files)('ovs-ofctl ofp-print, %s', (file) => {
  it('says what is recorded', async () => {
    const recordings = await recordingsOf(file);
    expect(recordings.length).toBeGreaterThan(20);
    for (let at = 0; at < recordings.length; at += AT_ONCE) {
      await Promise.all(
        recordings.slice(at, at + AT_ONCE).map(async ({ text, hex }) => {
          const { stdout } = await execute('ovs-ofctl', ['ofp-print', hex]);
          expect(stdout.replace(/\n+$/, '')).toBe(text);
        }),
      );
    }
  });
});

describe('ovs-ofctl parse-flows', () => {
  it('makes the recorded bytes of the recorded flows', async () => {
    const recordings = await recordingsOf('parsed.txt');
    const folder = await mkdtemp(join(tmpdir(), 'tenantflow-'));
    const path = join(folder, 'flows');
    await writeFile(path, recordings.map(({ text }) => `${text}\n`).join(''));
    const { stdout } = await execute('ovs-ofctl', ['-mmmmm', '-O', 'OpenFlow13', 'parse-flows', path]);
    await rm(folder, { recursive: true });
    const dumped = stdout.split(/^OFPT_FLOW_MOD .*$/m).slice(1);
    const made = dumped.map((dump) => dump.replaceAll(/^[0-9a-f]{8} {2}|\|.*$|[^0-9a-f]/gm, ''));
    expect(made.map(withoutXid)).toEqual(recordings.map(({ hex }) => withoutXid(hex)));
  });
});

async function recordingsOf(file: string): Promise<Recording[]> {
  const recordings: Recording[] = [];
  let text: string[] = [];
  for (const line of (await readFile(`${VECTORS}/${file}`, 'utf8')).split('\n')) {
    if (line.startsWith('#')) text.push(line.slice(2));
    else if (line !== '') {
      recordings.push({ text: text.join('\n'), hex: line });
      text = [];
    }
  }
  return recordings;
}

function withoutXid(hex: string): string {
  return hex.slice(0, 8) + hex.slice(16);
}
