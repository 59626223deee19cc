import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);
const TENANTFLOW = fileURLToPath(new URL('bin/tenantflow', ROOT));
const BARRIER = '0414000800000001';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tenantflow ofp …` with something on stdin. */
async function ofp(args: readonly string[], input: string | Uint8Array): Promise<Run> {
  const child = spawn(TENANTFLOW, ['ofp', ...args], { stdio: 'pipe' });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [[stdout, stderr], [code]] = await Promise.all([output, once(child, 'close')]);
  return { code, stdout, stderr };
}

/** Processes start slowly on a busy machine. */
const PATIENCE = { timeout: 180_000 };

describe('tenantflow ofp --help', PATIENCE, () => {
  it.each([
    ['print', '0414000800000001 | tenantflow ofp print'],
    ['json', '"reencoded":"0414000800000001"'],
    ['encode', 'actions=output:1'],
  ])('%s has an example', async (command, example) => {
    const { code, stdout } = await ofp([command, '--help'], '');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(example) });
  });
});

describe('tenantflow ofp --names', PATIENCE, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantflow-ofp-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function file(name: string, lines: readonly string[]): string {
    const path = join(folder, name);
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  }

  // As `ovs-ofctl -O OpenFlow13 show br-int` prints it.
  const shown = file('show', [
    'OFPT_FEATURES_REPLY (OF1.3) (xid=0x2): dpid:0000aabbccddee01',
    ' 1(tap1): addr:aa:55:aa:55:00:01',
    '     config:     0',
    ' 2(vxlan.1): addr:aa:55:aa:55:00:02',
    ' LOCAL(br-int): addr:aa:bb:cc:dd:ee:01',
  ]);
  const own = file('own', ['# the pipeline', '', 'table 0 admit', 'table 64 deliver']);
  const names = ['--names', shown, '--names', own];
  const flow = 'table=deliver,in_port=tap1,actions=output:"vxlan.1",resubmit(br-int,admit)';

  it('are understood in flows, and printed', async () => {
    const { stdout: hex } = await ofp(['encode', ...names], `${flow}\n`);
    const { stdout: plain } = await ofp(['print'], hex);
    expect(plain).toBe(
      'OFPT_FLOW_MOD (OF1.3) (xid=0x1): ADD table:64 in_port=1 actions=output:2,resubmit(LOCAL,0)\n',
    );
    const expected =
      'OFPT_FLOW_MOD (OF1.3) (xid=0x1): ADD table:deliver in_port=tap1 actions=output:"vxlan.1",resubmit(LOCAL,admit)\n';
    expect(await ofp(['print', ...names], hex)).toEqual({ code: 0, stdout: expected, stderr: '' });
    const bytes = Buffer.from(hex.trim(), 'hex');
    expect((await ofp(['print', '--binary', ...names], bytes)).stdout).toBe(expected);
  });

  it.each([
    ['no name', ['port one tap1'], 'line 1: expected port NUMBER NAME or table NUMBER NAME'],
    ['another name', ['port 1 a', 'port 1 b'], 'line 2: port 1 is "a" already'],
    ['another number', ['table 1 a', 'table 2 a'], 'line 2: table 1 has the name "a" already'],
    ['a number that is none', ['table 255 a'], 'line 1: a table is 254 at most'],
  ])('refuse %s', async (_, lines, message) => {
    const { code, stdout, stderr } = await ofp(['print', '--names', file('wrong', lines)], BARRIER);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('refuse a file that is not there', async () => {
    const { code, stderr } = await ofp(['encode', '--names', join(folder, 'none')], '');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('ENOENT') });
  });
});

describe('tenantflow ofp print', PATIENCE, () => {
  it('prints hex lines, skips comments, and names the lines that fail', async () => {
    const run = await ofp(['print'], `# a barrier\n\n${BARRIER}\nxyz\n04 14 00 08 00 00 00 02\r\n0414\n`);
    expect(run.code).toBe(1);
    expect(run.stdout).toBe(
      'OFPT_BARRIER_REQUEST (OF1.3) (xid=0x1):\nOFPT_BARRIER_REQUEST (OF1.3) (xid=0x2):\n',
    );
    expect(run.stderr).toMatch(
      /^tenantflow: line 4: .*\ntenantflow: line 6: .*\ntenantflow: 2 lines failed\n$/,
    );
  });

  it('prints a byte stream, and says where it breaks', async () => {
    const barriers = Buffer.from(`${BARRIER}0414000800000002`, 'hex');
    const [whole, cut, broken] = await Promise.all([
      ofp(['print', '--binary'], barriers),
      ofp(['print', '--binary'], barriers.subarray(0, 12)),
      ofp(['print', '--binary'], Buffer.concat([barriers, Buffer.from('GET / HTTP/1.1')])),
    ]);
    expect(whole).toMatchObject({ code: 0, stdout: expect.stringMatching(/xid=0x1.*\n.*xid=0x2.*\n$/) });
    expect(cut).toMatchObject({ code: 1, stdout: expect.stringMatching(/^.*xid=0x1\):\n$/) });
    expect(cut.stderr).toBe('tenantflow: the stream ends inside of message 2\n');
    expect(broken).toMatchObject({ code: 1, stdout: whole.stdout });
    expect(broken.stderr).toMatch(/^tenantflow: after message 2: .*version/);
  });

  it('keeps nothing of a line that is too long', async () => {
    const run = await ofp(['print'], `${'0'.repeat(5_000_000)}\n${BARRIER}\n`);
    expect(run).toMatchObject({ code: 1, stdout: 'OFPT_BARRIER_REQUEST (OF1.3) (xid=0x1):\n' });
    expect(run.stderr).toMatch(/^tenantflow: line 1: .*\ntenantflow: 1 line failed\n$/);
  });

  it('ends quietly when its reader does, however much there is to print', async () => {
    const child = spawn('sh', ['-c', `yes ${BARRIER} | "$0" ofp print | head -n 3`, TENANTFLOW]);
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect(stdout).toBe('OFPT_BARRIER_REQUEST (OF1.3) (xid=0x1):\n'.repeat(3));
    expect(stderr).toBe('');
  });
});

describe('tenantflow ofp json', PATIENCE, () => {
  const vectors = ['ofctl', 'vswitchd', 'os-ken'].flatMap((name) =>
    readFileSync(new URL(`packages/openflow-codec/vectors/${name}.txt`, ROOT), 'utf8')
      .split('\n')
      .filter((line) => /^[0-9a-f]/.test(line)),
  );
  let run: Run;
  beforeAll(async () => {
    run = await ofp(['json'], `${vectors.join('\n')}\n`);
  }, PATIENCE.timeout);

  it('gives back the bytes of every vector', () => {
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).reencoded)).toEqual(vectors);
    expect(run.code).toBe(0);
  });

  it('writes wide integers as 0x… and bytes as hex', async () => {
    const hello = '0400001000000001ffff00084c4142200000000000000000'.slice(0, 32);
    const role = '04180018000000110000000200000000123456789abcdef0';
    const { stdout } = await ofp(['json'], `${role}\n${hello}\n`);
    const [first, second] = stdout.trimEnd().split('\n');
    expect(JSON.parse(first ?? '')).toEqual({
      message: { type: 'roleRequest', xid: 17, role: 'master', generationId: '0x123456789abcdef0' },
      reencoded: role,
    });
    expect(JSON.parse(second ?? '').message.elements).toEqual([
      { element: 'raw', elementType: 0xffff, data: '4c414220' },
    ]);
  });

  it('answers each line with one, and says which OpenFlow error a switch would send', async () => {
    const { code, stdout, stderr } = await ofp(['json'], `0414\n${BARRIER}\n\nzz\n`);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      error: { code: 'OFC_SHORT', type: 'OFPBRC_BAD_LEN', at: { struct: 'ofp_header', offset: 0 } },
    });
    expect(JSON.parse(lines[3] ?? '').error.at).toEqual({ struct: 'hex', offset: 0 });
    expect(stderr).toMatch(/line 1: .*\n.*line 3: .*\n.*line 4: .*\n.*3 lines failed\n$/);
  });
});

describe('tenantflow ofp encode', PATIENCE, () => {
  it('encodes flows as ovs-ofctl does, numbered from 1', async () => {
    const vectors = readFileSync(new URL('packages/openflow-codec/vectors/parsed.txt', ROOT), 'utf8')
      .split('\n\n')
      .slice(0, 50)
      .map((record) => record.slice(2).split('\n'));
    const { code, stdout } = await ofp(['encode'], vectors.map(([flow]) => `${flow}\n`).join(''));
    expect(code).toBe(0);
    const withoutXid = (hex: string) => hex.slice(0, 8) + hex.slice(16);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map(withoutXid)).toEqual(vectors.map(([, hex = '']) => withoutXid(hex)));
    expect(lines.map((line) => Number.parseInt(line.slice(8, 16), 16))).toEqual(
      lines.map((_, index) => index + 1),
    );
  });

  it('takes other commands', async () => {
    const { stdout } = await ofp(['encode', '--command', 'delete'], 'table=3,cookie=5/-1,ip\n');
    const printed = await ofp(['print'], stdout);
    expect(printed.stdout).toBe(
      'OFPT_FLOW_MOD (OF1.3) (xid=0x1): DEL table:3 ip cookie:0x5/0xffffffffffffffff actions=drop\n',
    );
  });

  it('says what it expected, and where', async () => {
    const { code, stdout, stderr } = await ofp(['encode'], 'actions=drop\ntcp,actions=bogus\n');
    expect(code).toBe(1);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe(
      'tenantflow: line 2: the word has no meaning here: "bogus" at character 13, expected an action\ntenantflow: 1 line failed\n',
    );
  });
});
