import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, listen, type OvsdbError, type Session } from '../index.ts';
import { startOvsdbServer, type TestServerOptions } from '../testing/ovsdb-server.ts';
import { parseActiveTarget, parsePassiveTarget } from './target.ts';

const run = promisify(execFile);
const schema = new URL('../../schema/vswitch.ovsschema', import.meta.url);
const directory = mkdtempSync(join(tmpdir(), 'ovsdb-tls-'));
const file = (name: string): string => join(directory, name);
const pem = (name: string): string => readFileSync(file(name), 'utf8');
const tls = (name: string) => ({ ca: pem('ca.crt'), cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
const serverTls = (): Pick<TestServerOptions, 'arguments'> => ({
  arguments: [
    `--private-key=${file('server.key')}`,
    `--certificate=${file('server.crt')}`,
    `--ca-cert=${file('ca.crt')}`,
  ],
});

beforeAll(async () => {
  const openssl = (...words: readonly string[]) => run('openssl', words, { cwd: directory });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-batch'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=throw-away CA',
  );
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'foreign.key',
    '-out',
    'foreign.crt',
    '-subj',
    '/CN=foreign',
  );
  for (const name of ['server', 'client']) {
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE'];
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
    await openssl(
      'req',
      '-x509',
      ...newKey,
      ...names,
      ...signed,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-subj',
      `/CN=${name}`,
    );
  }
});

afterAll(() => rm(directory, { recursive: true }));

async function databasesOf(session: Session): Promise<readonly string[]> {
  const reply = await session.listDatabases();
  session.close();
  return reply.ok ? reply.result : [];
}

describe('connect', () => {
  it('speaks TCP', async () => {
    const server = await startOvsdbServer({ schema, remotes: ['ptcp:0:127.0.0.1'] });
    const session = await connect(`tcp:127.0.0.1:${await server.port()}`);
    expect(session.endpoints).toMatchObject({ peerAddress: '127.0.0.1', localAddress: '127.0.0.1' });
    expect(await databasesOf(session)).toContain('Open_vSwitch');
    await server.stop();
  });

  it('speaks TLS, to a server of the right CA only', async () => {
    const server = await startOvsdbServer({ schema, remotes: ['pssl:0:127.0.0.1'], ...serverTls() });
    const target = `ssl:127.0.0.1:${await server.port()}`;
    expect(await databasesOf(await connect(target, { tls: tls('client') }))).toContain('Open_vSwitch');
    const stranger = { ...tls('client'), ca: pem('foreign.crt') };
    await expect(connect(target, { tls: stranger })).rejects.toMatchObject({ code: 'OVSDB_CONNECT' });
    await server.stop();
  });

  it('says why it could not connect', async () => {
    await expect(connect('unix:/nowhere/db.sock')).rejects.toMatchObject({ code: 'OVSDB_CONNECT' });
    await expect(connect('http://x')).rejects.toMatchObject({ code: 'OVSDB_ADDRESS' });
  });
});

describe('listen', () => {
  it.each([
    ['ptcp:0:127.0.0.1', (port: number) => `tcp:127.0.0.1:${port}`],
    ['ptcp:0', (port: number) => `tcp:127.0.0.1:${port}`],
    ['pssl:0:127.0.0.1', (port: number) => `ssl:127.0.0.1:${port}`],
  ])('at %s takes the servers that set-manager sends', async (passive, active) => {
    const server = await startOvsdbServer({ schema, ...serverTls() });
    let accept: (session: Session) => void = () => {};
    const accepted = new Promise<Session>((resolve) => {
      accept = resolve;
    });
    const listener = await listen(passive, accept, { tls: tls('client') });
    await server.vsctl('set-manager', active(listener.port));
    const session = await accepted;
    expect(session.endpoints).toMatchObject({ peerAddress: '127.0.0.1', localAddress: '127.0.0.1' });
    expect(await databasesOf(session)).toContain('Open_vSwitch');
    await listener.close();
    await server.stop();
  });

  it('refuses a TLS peer without a certificate of its CA', async () => {
    let report: (error: OvsdbError) => void = () => {};
    const reported = new Promise<OvsdbError>((resolve) => {
      report = resolve;
    });
    const listener = await listen('pssl:0:127.0.0.1', () => report(new Error('accepted') as OvsdbError), {
      tls: tls('server'),
      onError: (error) => report(error),
    });
    const stranger = { ...tls('foreign'), ca: pem('ca.crt') };
    const session = await connect(`ssl:127.0.0.1:${listener.port}`, { tls: stranger });
    await expect(session.echo()).rejects.toMatchObject({ code: 'OVSDB_CLOSED' });
    expect((await reported).code).toBe('OVSDB_CONNECT');
    await listener.close();
  });

  it('serves a unix socket and closes its sessions with it', async () => {
    let accept: (session: Session) => void = () => {};
    const accepted = new Promise<Session>((resolve) => {
      accept = resolve;
    });
    const listener = await listen(`punix:${file('db.sock')}`, accept);
    const session = await connect(`unix:${file('db.sock')}`);
    await accepted;
    expect(await session.echo([1])).toEqual({ ok: true, result: [1] });
    const closed = new Promise((resolve) => session.onClose(resolve));
    await listener.close();
    expect(await closed).toMatchObject({ code: 'OVSDB_CLOSED' });
  });
});

describe('targets', () => {
  it('are read as OVS writes them', () => {
    expect(parseActiveTarget('tcp:[::1]:6641')).toEqual({ transport: 'tcp', host: '::1', port: 6641 });
    expect(parseActiveTarget('ssl:192.0.2.1')).toEqual({ transport: 'ssl', host: '192.0.2.1', port: 6640 });
    expect(parsePassiveTarget('ptcp:')).toEqual({ transport: 'tcp', host: '::', port: 6640 });
    expect(parsePassiveTarget('pssl:0:[::1]')).toEqual({ transport: 'ssl', host: '::1', port: 0 });
    for (const bad of ['tcp:', 'tcp:a:70000', 'ptcp:1:', 'unix:', '']) {
      expect(() => parseActiveTarget(bad)).toThrow(expect.objectContaining({ code: 'OVSDB_ADDRESS' }));
    }
  });
});
