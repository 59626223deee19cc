import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { testApi } from '../api-fixture.ts';

it('an address has 1000 connections at most, of which the oldest goes for a new one', async () => {
  const { app } = testApi();
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const sockets: Socket[] = [];
  const open = async () => {
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
  };
  for (let count = 0; count < 1_000; count++) await open();
  const [oldest] = sockets;
  if (oldest === undefined) throw new Error('no connection');
  const closed = once(oldest, 'close');
  expect((await fetch(new URL('/v2.0/networks', url))).status).toBe(200);
  await closed;
  expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([oldest]);
  await app.close();
});
