import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clog, TestChannel, TYPE, until, WIRE } from './channel-fixture.ts';
import { ChannelError } from './errors.ts';

let channel: TestChannel;
beforeEach(async () => {
  channel = new TestChannel();
  await channel.listen();
});
afterEach(() => channel.stop());

async function channelWith(limits: ConstructorParameters<typeof TestChannel>[0]): Promise<void> {
  await channel.stop();
  channel = new TestChannel(limits);
  await channel.listen();
}

describe('keep-alive', () => {
  it('answers ECHO_REQUEST with the same xid and data', async () => {
    const { peer } = await channel.handshake();
    peer.send(WIRE.echoRequest(0xfffffffe, '70696e67'));
    expect((await peer.next(TYPE.echoReply)).hex).toBe(WIRE.echoReply(0xfffffffe, '70696e67'));
  });

  it('asks a silent peer, keeps one that answers and gives up one that does not', async () => {
    await channelWith({ idleMs: 10, silentMs: 500, tickMs: 5 });
    const [alive, dead] = [await channel.handshake(), await channel.handshake()];
    let answers = 0;
    while (!dead.peer.ended) {
      const { xid } = await alive.peer.next(TYPE.echoRequest);
      alive.peer.send(WIRE.echoReply(xid));
      answers += 1;
    }
    expect(await channel.reasonOf(dead.peer)).toBe('OFCH_SILENT');
    expect((await dead.peer.next(TYPE.echoRequest)).version).toBe(4);
    expect(answers).toBeGreaterThan(1);
    expect(alive.connection.closed).toBe(false);
  });

  it('gives up a peer that goes on talking and answers nothing', async () => {
    await channelWith({ idleMs: 10, answerMs: 10, silentMs: 300, tickMs: 5 });
    const { peer } = await channel.handshake();
    const talk = setInterval(() => peer.send(WIRE.echoRequest(1), WIRE.brokenPortStatus), 5);
    expect(await channel.reasonOf(peer)).toBe('OFCH_SILENT');
    clearInterval(talk);
    expect(channel.pulses).toContain(false);
    expect(channel.pulses).not.toContain(true);
  });

  it('takes any answer for a sign of life, not only that to an echo request', async () => {
    await channelWith({ idleMs: 10, answerMs: 10 });
    const { peer, connection } = await channel.handshake();
    const barrier = connection.barrier();
    const { xid } = await peer.next(TYPE.barrier);
    await until(() => channel.pulses.includes(false));
    peer.send(WIRE.barrierReply(xid));
    await barrier;
    expect(channel.pulses.at(-1)).toBe(true);
  });

  it('tells of a peer that does not answer, again and again, and when it does', async () => {
    await channelWith({ idleMs: 10, answerMs: 10 });
    const { peer, connection } = await channel.handshake();
    const { xid } = await peer.next(TYPE.echoRequest);
    await until(() => channel.pulses.length >= 3);
    expect(new Set(channel.pulses)).toEqual(new Set([false]));
    expect(connection.isAnswering).toBe(false);
    // It has been asked, and nothing gets lost on the way: asking again would tell no more.
    expect(peer.received.filter(({ type }) => type === TYPE.echoRequest)).toHaveLength(1);
    channel.pulses.length = 0;
    peer.send(WIRE.echoReply(xid));
    await until(() => channel.pulses.includes(true));
    await peer.next(TYPE.echoRequest);
    expect(connection.closed).toBe(false);
  });

  it('does not take its own standstill for a peer’s silence', async () => {
    await channelWith({ idleMs: 10, answerMs: 100 });
    const { peer } = await channel.handshake();
    const { xid } = await peer.next(TYPE.echoRequest);
    peer.send(WIRE.echoReply(xid));
    await new Promise((resolve) => peer.socket.write('', resolve));
    for (const end = performance.now() + 500; performance.now() < end; );
    await peer.next(TYPE.echoRequest);
    expect(channel.pulses).toEqual([]);
  });

  it('takes no time for silence in which the process itself could not listen', async () => {
    await channelWith({ idleMs: 10, silentMs: 300, handshakeMs: 300, tickMs: 5 });
    const { peer, connection } = await channel.handshake();
    const beginner = await channel.dial();
    for (const end = performance.now() + 900; performance.now() < end; );
    // The timers that are due have their turn before anything that has come meanwhile.
    const { xid } = await peer.next(TYPE.echoRequest);
    peer.send(WIRE.echoReply(xid));
    expect(connection.closed).toBe(false);
    expect(beginner.ended).toBe(false);
    expect(await channel.reasonOf(peer)).toBe('OFCH_SILENT');
  });

  it('takes no jump of the clock for silence, nor for the end of a request', async () => {
    await channelWith({ idleMs: 10, tickMs: 5 });
    const { peer, connection } = await channel.handshake();
    const barrier = connection.barrier();
    const { xid } = await peer.next(TYPE.barrier);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
    try {
      // Asked after the jump: the times were looked at.
      await peer.next(TYPE.echoRequest);
      expect(connection.closed).toBe(false);
      peer.send(WIRE.barrierReply(xid));
      await barrier;
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('messages', () => {
  const STREAM = [
    WIRE.echoRequest(1, 'aa'),
    WIRE.barrierReply(2),
    WIRE.error(3),
    WIRE.echoRequest(4),
    WIRE.barrierReply(5),
  ];
  const EXPECTED = [
    { type: 21, xid: 2 },
    { type: 1, xid: 3 },
    { type: 21, xid: 5 },
  ];

  it('arrive whole when they are split at any byte', async () => {
    const { peer } = await channel.handshake();
    const bytes = STREAM.join('');
    for (let at = 0; at <= bytes.length; at += 2) {
      channel.messages.length = 0;
      peer.send(bytes.slice(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      peer.send(bytes.slice(at));
      expect((await peer.next(TYPE.echoReply)).xid).toBe(1);
      expect((await peer.next(TYPE.echoReply)).xid).toBe(4);
      await until(() => channel.messages.length === EXPECTED.length);
      expect(channel.messages).toEqual(EXPECTED);
    }
  });

  it('arrive whole when they come byte by byte, and when many come at once', async () => {
    const { peer } = await channel.handshake();
    for (const byte of STREAM.join('').match(/../g) ?? []) peer.send(byte);
    await until(() => channel.messages.length === EXPECTED.length);
    peer.send(...Array.from({ length: 1_000 }, () => STREAM).flat());
    await until(() => channel.messages.length === 1_001 * EXPECTED.length);
    expect(channel.messages.slice(-3)).toEqual(EXPECTED);
    expect(channel.closed).toEqual([]);
  });

  it('end the connection when they cannot be framed, and only that one', async () => {
    const [bad, good] = [await channel.handshake(), await channel.handshake()];
    bad.peer.send('0405000700000000');
    await bad.peer.end();
    expect(await channel.reasonOf(bad.peer)).toBe('OFCH_MALFORMED');
    expect(channel.log.find(({ code }) => code === 'OFCH_MALFORMED')).toMatchObject({
      peer: bad.peer.address,
      datapath: '0000020000000001',
    });
    good.peer.send(WIRE.echoRequest(7));
    expect((await good.peer.next(TYPE.echoReply)).xid).toBe(7);
  });

  it('are not looked at after the one that ended the connection', async () => {
    const { peer } = await channel.handshake();
    channel.onMessage = (connection) => connection.close(new ChannelError('OFCH_CLOSED', 'enough'));
    peer.send(WIRE.barrierReply(1), WIRE.barrierReply(2), WIRE.featuresReply(3), '04ff');
    await peer.end();
    peer.send(WIRE.barrierReply(4));
    expect(channel.messages).toEqual([{ type: 21, xid: 1 }]);
    expect(channel.ready).toHaveLength(1);
    expect(channel.closed).toHaveLength(1);
  });

  it('end the connection when our own handling of them fails, and not the process', async () => {
    const { peer } = await channel.handshake();
    channel.onMessage = () => {
      throw new TypeError('a mistake');
    };
    peer.send(WIRE.barrierReply(1));
    expect(await channel.reasonOf(peer)).toBe('OFCH_FAULT');
    const line = channel.log.find(({ code }) => code === 'OFCH_FAULT');
    expect(line).toMatchObject({ level: 50, err: { message: 'a mistake', type: 'TypeError' } });
  });

  it('go to listeners first, and nowhere after a listener took them', async () => {
    const { peer, connection } = await channel.handshake();
    const taken: number[] = [];
    const stop = connection.listen((message) => {
      taken.push(message.xid);
      return message.xid === 1;
    });
    peer.send(WIRE.error(1), WIRE.error(2));
    await until(() => channel.messages.length === 1);
    stop();
    peer.send(WIRE.error(1));
    await until(() => channel.messages.length === 2);
    expect(taken).toEqual([1, 2]);
    expect(channel.messages.map(({ xid }) => xid)).toEqual([2, 1]);
  });
});

describe('the end', () => {
  it('is orderly: what was sent before still arrives, and the callback comes once', async () => {
    const { peer, connection } = await channel.handshake();
    for (let count = 0; count < 1_000; count++) connection.send({ type: 'barrierRequest' });
    connection.close(new ChannelError('OFCH_CLOSED', 'enough'));
    connection.close(new ChannelError('OFCH_SILENT'));
    connection.send({ type: 'barrierRequest' });
    await peer.end();
    expect(peer.received.filter(({ type }) => type === TYPE.barrier)).toHaveLength(1_000);
    expect(channel.closed.map(({ reason }) => reason.code)).toEqual(['OFCH_CLOSED']);
  });

  it.each([
    ['ends', (socket: { end(): void }) => socket.end()],
    ['resets', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ])('is noticed when the peer %s it', async (_what, end) => {
    const { peer } = await channel.handshake();
    end(peer.socket);
    expect(await channel.reasonOf(peer)).toBe('OFCH_CLOSED');
    expect(channel.server.connections.size).toBe(0);
  });

  it('comes for all when the server closes, and leaves no timer and no socket', async () => {
    const established = [await channel.handshake(), await channel.handshake()];
    await channel.dial();
    await channel.server.close();
    for (const { peer } of established) await peer.end();
    await until(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
    expect(channel.closed).toHaveLength(3);
    expect(channel.server.connections.size).toBe(0);
  });

  it('does not wait for a peer that takes nothing and goes on talking', async () => {
    await channelWith({ closeMs: 50 });
    const { peer, connection } = await channel.handshake();
    await clog(peer, connection);
    const talk = setInterval(() => peer.send(WIRE.echoRequest(1)), 1);
    connection.close(new ChannelError('OFCH_CLOSED', 'enough'));
    // Resolves only when every socket is gone.
    await channel.server.close();
    clearInterval(talk);
    expect(channel.closed).toHaveLength(1);
  });
});
