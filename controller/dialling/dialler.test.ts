import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { startOvsdbServer } from 'ovsdb-client-ts/testing';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Guest } from '#controller/door/door';
import { TestCa } from '#controller/door/door-fixture';
import { Dialler, type DiallerOptions } from './dialler.ts';
import type { DialTarget } from './target.ts';

vi.setConfig({ testTimeout: 30_000 });
const schema = new URL('../../packages/ovsdb-client-ts/schema/vswitch.ovsschema', import.meta.url);

const [ours, foreign] = [new TestCa(), new TestCa()];
const identity = ours.identity('/CN=controller');
const closers: (() => void)[] = [];
const lines: Record<string, unknown>[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
  lines.length = 0;
});
afterAll(() => {
  ours.remove();
  foreign.remove();
});

const until = (test: () => boolean) => vi.waitUntil(test, { timeout: 20_000, interval: 1 });

function dialler(options: Partial<DiallerOptions> = {}): Dialler {
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const made = new Dialler({ log, ...options });
  closers.push(() => made.close());
  return made;
}

/** A server that notes who has come. */
async function listening(
  server: Server,
  port = 0,
): Promise<{ port: number; sockets: Socket[]; stop: () => void }> {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closers.push(stop);
  return { port: (server.address() as AddressInfo).port, sockets, stop };
}

const tcp = (port: number): DialTarget => ({ transport: 'tcp', host: '127.0.0.1', port });
const ssl = (port: number): DialTarget => ({ transport: 'ssl', host: '127.0.0.1', port });

function tlsServer(ca: TestCa, subject: string) {
  const { cert, key } = ca.identity(subject);
  return createTlsServer({ cert, key, ca: identity.ca, requestCert: true, rejectUnauthorized: true });
}

describe('a line', () => {
  it('is there at once, and again when its end is over', async () => {
    const server = await listening(createServer());
    const guests: Guest[] = [];
    const line = dialler().keep(tcp(server.port), (guest) => void guests.push(guest));
    await until(() => guests.length === 1);
    expect(line.failure).toBeUndefined();
    expect(guests[0]).not.toHaveProperty('certificate');
    server.sockets[0]?.destroy();
    await until(() => guests.length === 2);
  });

  it('says who does not answer and why, once, goes on calling, and says when that is over', async () => {
    const gone = await listening(createServer());
    gone.stop();
    const guests: Guest[] = [];
    const line = dialler().keep(tcp(gone.port), (guest) => void guests.push(guest));
    await until(() => line.failure !== undefined);
    expect(line.failure).toBe(`connect ECONNREFUSED 127.0.0.1:${gone.port}`);
    await until(() => lines.length === 1);
    const target = `tcp:127.0.0.1:${gone.port}`;
    expect(lines[0]).toMatchObject({ msg: 'hypervisor cannot be reached', target, reason: line.failure });
    await listening(createServer(), gone.port);
    await until(() => guests.length === 1);
    expect(line.failure).toBeUndefined();
    await until(() => lines.length === 2);
    expect(lines[1]).toMatchObject({ msg: 'hypervisor answers', target });
  });

  it('counts connections that end at once as failures, and waits between them', async () => {
    const server = await listening(createServer((socket) => socket.destroy()));
    const line = dialler().keep(tcp(server.port), () => undefined);
    await until(() => lines.length === 1);
    expect(line.failure).toBe('it ends each connection as soon as it has begun');
    expect(server.sockets.length).toBeLessThan(20);
  });

  it('calls nobody any more once it is dropped, and leaves the connection alone', async () => {
    const server = await listening(createServer());
    const guests: Guest[] = [];
    const made = dialler();
    const line = made.keep(tcp(server.port), (guest) => void guests.push(guest));
    await until(() => guests.length === 1);
    made.drop(line);
    expect(guests[0]?.socket.destroyed).toBe(false);
    server.sockets[0]?.destroy();
    const other = made.keep(tcp(server.port), (guest) => void guests.push(guest));
    await until(() => guests.length === 2);
    expect(server.sockets).toHaveLength(2);
    made.drop(other);
  });

  it('tells that a name is unknown', async () => {
    const line = dialler().keep({ transport: 'tcp', host: 'nobody.invalid', port: 6640 }, () => undefined);
    await until(() => line.failure !== undefined);
    expect(line.failure).toMatch(/^getaddrinfo \w+ nobody\.invalid$/);
  });
});

describe('a line by TLS', () => {
  it('knows whose certificate it sees, and shows its own', async () => {
    const server = tlsServer(ours, '/CN=hv1 id:7');
    const shown = new Promise((resolve) =>
      server.on('secureConnection', (socket) => resolve(socket.getPeerCertificate().subject.CN)),
    );
    const { port } = await listening(server);
    const guests: Guest[] = [];
    dialler({ identity }).keep(ssl(port), (guest) => void guests.push(guest));
    await until(() => guests.length === 1);
    expect(guests[0]?.certificate).toBe('hv1 id:7');
    expect(await shown).toBe('controller');
  });

  it('takes no certificate of another CA', async () => {
    const { port } = await listening(tlsServer(foreign, '/CN=hv1'));
    const line = dialler({ identity }).keep(ssl(port), () => expect.unreachable());
    await until(() => line.failure !== undefined);
    expect(line.failure).toMatch(/certificate/);
  });

  it('takes no certificate that names nobody', async () => {
    const { port } = await listening(tlsServer(ours, '/O=nobody'));
    const line = dialler({ identity }).keep(ssl(port), () => expect.unreachable());
    await until(() => line.failure !== undefined);
    expect(line.failure).toBe('its certificate has no common name, or several');
  });

  it('says why a database refuses ours', async () => {
    const theirs = ours.identity('/CN=hv1');
    for (const [name, text] of Object.entries(theirs)) writeFileSync(`${ours.folder}/theirs-${name}`, text);
    const at = (option: string, name: string) => `--${option}=${ours.folder}/theirs-${name}`;
    const server = await startOvsdbServer({
      schema,
      remotes: ['pssl:0:127.0.0.1'],
      arguments: [at('private-key', 'key'), at('certificate', 'cert'), at('ca-cert', 'ca')],
    });
    try {
      const stranger = { ...foreign.identity('/CN=stranger'), ca: identity.ca };
      const target = ssl(await server.port());
      const line = dialler({ identity: stranger }).keep(target, ({ socket }) => void socket.resume());
      await until(() => /^TLS: .*alert/.test(line.failure ?? ''));
    } finally {
      await server.stop();
    }
  });

  it('gives up somebody who says nothing, and shows another certificate once it is told to', async () => {
    const mute = await listening(createServer());
    const made = dialler({ limits: { calls: 1, callMs: 50 } });
    const line = made.keep(ssl(mute.port), () => undefined);
    await until(() => line.failure === 'there is no certificate of our own to show');
    made.change(identity);
    await until(() => line.failure === 'no answer within 50 ms');
  });
});

it('calls only so many at a time', async () => {
  const mute = await listening(createServer());
  const made = dialler({ identity, limits: { calls: 2, callMs: 300 } });
  const all = Array.from({ length: 4 }, (_, at) =>
    made.keep({ ...ssl(mute.port), host: `127.0.0.${at + 1}` }, () => undefined),
  );
  await until(() => all.some(({ failure }) => failure !== undefined));
  expect(all.filter(({ failure }) => failure !== undefined).length).toBeLessThanOrEqual(2);
  await until(() => all.every(({ failure }) => failure !== undefined));
});
