import { afterEach, expect, it } from 'vitest';
import { clog, TestChannel, TYPE, until, WIRE } from './channel-fixture.ts';
import { ChannelError } from './errors.ts';

/** Peers that take nothing of what is sent to them. */
let channel: TestChannel;
afterEach(() => channel.stop());

async function handshakeWith(limits: ConstructorParameters<typeof TestChannel>[0]) {
  channel = new TestChannel(limits);
  await channel.listen();
  return channel.handshake();
}

it('makes a sender of much wait until the peer reads again', async () => {
  const { peer, connection } = await handshakeWith({});
  await connection.ready();
  await clog(peer, connection);
  let ready = false;
  const waiting = connection.ready().then(() => {
    ready = true;
  });
  const held = connection.request({ type: 'barrierRequest' });
  // A round trip of another connection: the server has had its turns.
  const other = await channel.handshake();
  other.peer.send(WIRE.echoRequest(1));
  await other.peer.next(TYPE.echoReply);
  expect(ready).toBe(false);
  let bytes = 0;
  peer.socket.removeAllListeners('data').on('data', (chunk) => {
    bytes += chunk.length;
  });
  peer.socket.resume();
  await waiting;
  expect(bytes).toBeGreaterThan(512 * 1024);
  connection.close(new ChannelError('OFCH_CLOSED'));
  await expect(held).rejects.toThrow(ChannelError);
});

it('gives up a peer that lets more wait than allowed, with all that waits for it', async () => {
  const { peer, connection } = await handshakeWith({ unsentBytes: 1_000_000, closeMs: 10 });
  peer.socket.pause();
  const waiting = connection.barrier().catch((error: { code: string }) => error.code);
  while (!connection.closed) {
    connection.write((writer) => writer.append(new Uint8Array(300_000)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await waiting).toBe('OFCH_OVERFLOW');
  await connection.ready();
  expect(channel.closed.map(({ reason }) => reason.code)).toEqual(['OFCH_OVERFLOW']);
});

it('gives up a peer that goes on talking and never reads', async () => {
  const { peer, connection } = await handshakeWith({ stalledMs: 30, tickMs: 5, closeMs: 10 });
  await clog(peer, connection);
  const waiting = connection.ready();
  const talk = setInterval(() => peer.send(WIRE.echoRequest(1)), 5);
  await waiting;
  clearInterval(talk);
  expect(await channel.reasonOf(peer)).toBe('OFCH_OVERFLOW');
});

it('keeps no answers for a peer that asks and does not read', async () => {
  const { peer, connection } = await handshakeWith({ unsentBytes: 2_000_000 });
  peer.socket.pause();
  const request = WIRE.echoRequest(1, '00'.repeat(60_000));
  for (let count = 0; count < 1_000; count++) {
    peer.send(request);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => peer.socket.writableLength === 0);
  expect(connection.congested).toBe(true);
  expect(connection.closed).toBe(false);
});
