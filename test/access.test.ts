import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempt, CHECKOUT, Daemon, run, waitFor } from '#lab';
import { tenantflow } from './fixtures/tenantflow.ts';

/** The API beyond loopback: tokens, roles and TLS, as a process that is told to read its files again. */
const root = mkdtempSync(`${tmpdir()}/access-`);
const tokens = `${root}/tokens.yaml`;
const serve = new Daemon({
  name: 'the controller with tokens',
  argv: [
    ...[`${CHECKOUT}/bin/tenantflow`, 'serve', '--data-dir', `${root}/data`, '--api', '0.0.0.0:0'],
    ...['openflow', 'ovsdb', 'metrics'].flatMap((name) => [`--${name}`, '127.0.0.1:0']),
    ...['--api-token-file', tokens, '--api-tls-cert', `${root}/cert.pem`, '--api-tls-key', `${root}/key.pem`],
  ],
  log: `${root}/serve.log`,
});
const lines = () =>
  readFileSync(serve.log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
let port = '';

beforeAll(async () => {
  writeTokens('ops-ops-ops-ops-ops');
  await certificate();
  serve.start();
  const api = await waitFor(
    () => lines().find((line) => line.what === 'api')?.address as string | undefined,
    {
      what: 'the API to listen',
    },
  );
  port = api.slice(api.lastIndexOf(':') + 1);
});
afterAll(() => serve.stop());

describe('the API beyond loopback', () => {
  it('does not start without tokens, and says what to do', async () => {
    const argv = [`${CHECKOUT}/bin/tenantflow`, 'serve', '--data-dir', `${root}/other`, '--api', '0.0.0.0:0'];
    const { status, stdout, stderr } = await attempt(argv);
    expect([status, stdout, stderr]).toEqual([
      2,
      '',
      'tenantflow: --api: 0.0.0.0:0 is not a loopback address, and whoever reaches it could do everything: ' +
        'give --api-token-file, or --insecure if that is what you want\n',
    ]);
  });

  it('speaks TLS, and answers those with a token', async () => {
    expect(await status('ops-ops-ops-ops-ops')).toBe('200');
    expect(await status('wrong')).toBe('401');
    const plain = await attempt(['curl', '-sS', `http://localhost:${port}/`]);
    expect(plain.status).not.toBe(0);
  });

  it('lets the command line in by --token-file and --ca-file, and tells it what is missing', async () => {
    writeFileSync(`${root}/token`, 'ops-ops-ops-ops-ops\n');
    const get = (...args: readonly string[]) => tenantflow(['get', 'networks', ...args]);
    const [api, ca, token] = [
      ['--api', `https://localhost:${port}`],
      ['--ca-file', `${root}/cert.pem`],
      ['--token-file', `${root}/token`],
    ];
    expect(await get(...api, ...ca, ...token)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There are no networks yet.\n',
    });
    expect((await get(...api, ...token)).stderr).toContain('Say whom to trust: --ca-file');
    expect((await get(...api, ...ca)).stderr).toContain('Give a token: --token-file');
    expect((await get('--api', `localhost:${port}`, ...token)).stderr).toContain(
      `Does it speak https? Then say so: --api https://localhost:${port}`,
    );
  });

  it('lets a member of a project apply and export what is its own', async () => {
    const options = ['--api', `https://localhost:${port}`, '--ca-file', `${root}/cert.pem`];
    const member = [...options, '--token', 'red-red-red-red-red'];
    const example = `${CHECKOUT}/docs/topology.example.yaml`;
    expect((await tenantflow(['apply', '-f', example, '--yes', ...member])).code).toBe(0);
    const again = await tenantflow(['apply', '-f', example, '--yes', '--prune', ...member]);
    expect(again).toMatchObject({ code: 0, stdout: 'Nothing to do: all is as the files say.\n' });
    const exported = await tenantflow(['export', ...member]);
    expect(exported.stdout).toContain('project: red\n');
    const applied = await tenantflow(['apply', '-f', '-', '--yes', ...member], { input: exported.stdout });
    expect(applied).toMatchObject({ code: 0, stdout: 'Nothing to do: all is as the files say.\n' });
    expect((await tenantflow(['describe', 'port', 'web1', ...member])).stdout).toContain(
      'not shown to this caller',
    );
    const switches = await tenantflow(['get', 'switches', ...member]);
    expect(switches).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The token’s role does not allow this'),
    });
  });

  it('reads tokens and certificate again on SIGHUP, and keeps the old ones when they are broken', async () => {
    const before = await served();
    writeTokens('new-new-new-new-new');
    await certificate();
    await hangUp('read again');
    expect([await status('ops-ops-ops-ops-ops'), await status('new-new-new-new-new')]).toEqual([
      '401',
      '200',
    ]);
    expect(await served()).not.toBe(before);
    chmodSync(tokens, 0o644);
    await hangUp('stay');
    expect(await status('new-new-new-new-new')).toBe('200');
  });
});

function writeTokens(token: string): void {
  const member = '- { name: red, project: red, role: member, token: red-red-red-red-red }\n';
  const admin = `- { name: ops, project: ops, role: admin, token: ${token} }\n`;
  writeFileSync(tokens, admin + member, { mode: 0o600 });
}

/** A certificate of its own for localhost, and its key. */
async function certificate(): Promise<void> {
  const files = ['-keyout', `${root}/key.pem`, '-out', `${root}/cert.pem`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await run([
    'openssl',
    'req',
    ...kind,
    ...files,
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
  ]);
  chmodSync(`${root}/key.pem`, 0o600);
}

/** Sends SIGHUP and waits for what the log says then. */
async function hangUp(words: string): Promise<void> {
  const seen = lines().length;
  process.kill(serve.pid ?? Number.NaN, 'SIGHUP');
  await waitFor(
    () =>
      lines()
        .slice(seen)
        .some(({ msg }) => String(msg).includes(words)),
    { what: words },
  );
}

/** HTTP status of a list, with the certificate verified. */
function status(token: string): Promise<string> {
  const options = ['--cacert', `${root}/cert.pem`, '-o', '/dev/null', '-w', '%{http_code}'];
  return run([
    'curl',
    '-sS',
    ...options,
    '-H',
    `X-Auth-Token: ${token}`,
    `https://localhost:${port}/v2.0/networks`,
  ]);
}

/** The certificate that the server shows. */
async function served(): Promise<string> {
  const { stdout } = await attempt(['openssl', 's_client', '-connect', `localhost:${port}`]);
  return /-----BEGIN CERTIFICATE-----[\s\S]*?-----END/.exec(stdout)?.[0] ?? '';
}
