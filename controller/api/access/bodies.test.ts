import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { bareApp } from '../app.ts';
import { boundBodies } from './bodies.ts';

const KILOBYTE = 1_024;
const app = bareApp(pino({ level: 'silent' }));
boundBodies(app, { all: 100 * KILOBYTE, each: 60 * KILOBYTE });
app.post('/', async ({ body }) => ({ size: String(body).length }));

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A client that has sent this much of a body of 90 kB. */
async function slowClient(address: string, bytes: number): Promise<Socket> {
  const port = Number(new URL(app.listeningOrigin).port);
  const socket = connect({ host: '127.0.0.1', port, localAddress: address });
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${90 * KILOBYTE}\r\n\r\n`);
  socket.write('x'.repeat(bytes));
  return socket;
}

it('refuses what one address, or all, would have it hold at a time, and forgets who is gone', async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const post = async (size: number) =>
    (await app.inject({ method: 'POST', url: '/', payload: 'x'.repeat(size) })).statusCode;
  for (let count = 0; count < 20; count++) expect(await post(50 * KILOBYTE)).toBe(200);

  await slowClient('127.0.0.2', 50 * KILOBYTE);
  const second = await slowClient('127.0.0.2', 20 * KILOBYTE);
  const answer = await text(second);
  expect(answer).toMatch(/^HTTP\/1\.1 429 /);
  expect(answer).toContain('"type":"TooMuchAtATime"');

  const third = await slowClient('127.0.0.3', 40 * KILOBYTE);
  const fourth = await slowClient('127.0.0.4', 40 * KILOBYTE);
  expect(await text(fourth)).toMatch(/^HTTP\/1\.1 429 /);
  expect(await post(40 * KILOBYTE)).toBe(429);
  third.destroy();
  await vi.waitUntil(async () => (await post(40 * KILOBYTE)) === 200, { timeout: 20_000 });
  await app.close();
});
