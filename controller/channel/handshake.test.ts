import { afterEach, describe, expect, it } from 'vitest';
import { TestChannel, TYPE, until, WIRE } from './channel-fixture.ts';

let channel: TestChannel;
afterEach(() => channel.stop());

describe('the handshake', () => {
  it.each([
    ['of Open vSwitch, with a version bitmap', WIRE.helloOfOvs],
    ['without a bitmap', WIRE.helloWithoutBitmap],
  ])('ends well with a HELLO %s', async (_what, hello) => {
    channel = new TestChannel();
    await channel.listen();
    const peer = await channel.dial();
    expect((await peer.next(TYPE.hello)).hex).toBe('04000010000000010001000800000010');
    peer.send(hello);
    const features = await peer.next(TYPE.features);
    expect(features.version).toBe(4);
    peer.send(WIRE.featuresReply(features.xid));
    await until(() => channel.ready.length === 1);
    expect(channel.ready[0]).toMatchObject({
      datapathId: '0000020000000001',
      peer: peer.address,
      address: '127.0.0.1',
    });
  });

  it('listens on IPv6', async () => {
    channel = new TestChannel();
    expect(await channel.listen('::1')).toMatch(/^\[::1\]:\d+$/);
    const { peer, connection } = await channel.handshake();
    expect(connection).toMatchObject({ peer: peer.address, address: '::1' });
  });

  it('knows an IPv4 peer of an IPv6 socket by its IPv4 address', async () => {
    channel = new TestChannel();
    const address = await channel.listen('::ffff:127.0.0.1');
    expect(address).toMatch(/127\.0\.0\.1/);
    const { connection } = await channel.handshake();
    expect(connection.address).toBe('127.0.0.1');
  });

  it.each([
    ['OpenFlow 1.0 only', WIRE.helloOf10, '0101'],
    ['a bitmap without 1.3', WIRE.helloOfOthers, '0401'],
  ])('tells a peer with %s that versions do not match, in its own version', async (_what, hello, start) => {
    channel = new TestChannel();
    await channel.listen();
    const peer = await channel.dial();
    peer.send(hello);
    const { hex } = await peer.next(TYPE.error);
    await peer.end();
    expect(hex.slice(0, 4)).toBe(start);
    // The xid of the HELLO, OFPET_HELLO_FAILED, OFPHFC_INCOMPATIBLE.
    expect(hex.slice(8, 24)).toBe(`${hello.slice(8, 16)}00000000`);
    expect(Buffer.from(hex.slice(24), 'hex').toString()).toMatch(/OpenFlow 1\.3/);
    expect(await channel.reasonOf(peer)).toBe('OFCH_VERSION');
  });

  it.each([
    ['an ECHO_REQUEST first', 'OFCH_UNEXPECTED', WIRE.echoRequest(1)],
    ['HTTP', 'OFCH_MALFORMED', Buffer.from('GET / HTTP/1.0\r\n\r\n').toString('hex')],
    ['a length below the header', 'OFCH_MALFORMED', '0400000700000001'],
    ['a HELLO whose element is too long', 'OFCH_MALFORMED', '04000010000000040001000c00000072'],
    ['an error for an answer', 'OFCH_UNEXPECTED', WIRE.helloOfOvs + WIRE.error(2)],
    ['half FEATURES', 'OFCH_MALFORMED', `${WIRE.helloOfOvs}0406000c0000000200000200`],
  ])('ends with %s: %s', async (_what, code, bytes) => {
    channel = new TestChannel();
    await channel.listen();
    const peer = await channel.dial();
    peer.send(bytes);
    await peer.end();
    expect(await channel.reasonOf(peer)).toBe(code);
    expect(channel.log).toContainEqual(expect.objectContaining({ level: 40, code, peer: peer.address }));
    expect(channel.ready).toEqual([]);
    expect(channel.server.connections.size).toBe(0);
  });

  it('ends when it takes too long, whatever the peer says meanwhile', async () => {
    channel = new TestChannel({ handshakeMs: 60, tickMs: 5 });
    await channel.listen();
    const silent = await channel.dial();
    const dribbling = await channel.dial();
    const dribble = setInterval(() => dribbling.send('04'), 5);
    const chatting = await channel.dial();
    chatting.send(WIRE.helloOfOvs);
    const chat = setInterval(() => chatting.send(WIRE.echoRequest(1)), 5);
    for (const peer of [silent, chatting]) {
      await peer.end();
      expect(await channel.reasonOf(peer)).toBe('OFCH_HANDSHAKE_TIMEOUT');
    }
    await dribbling.end();
    clearInterval(dribble);
    clearInterval(chat);
    expect(['OFCH_HANDSHAKE_TIMEOUT', 'OFCH_MALFORMED']).toContain(await channel.reasonOf(dribbling));
  });
});

describe('many connections', () => {
  it('leave no room for more handshakes than allowed: the oldest has to go', async () => {
    channel = new TestChannel({ handshakes: 3 });
    await channel.listen();
    const { peer: ready } = await channel.handshake();
    const peers = [];
    for (let count = 0; count < 5; count++) {
      peers.push(await channel.dial());
      await until(() => channel.server.connections.size + channel.closed.length === 2 + count);
    }
    for (const peer of peers.slice(0, 2)) expect(await channel.reasonOf(peer)).toBe('OFCH_LIMIT');
    expect(channel.closed).toHaveLength(2);
    expect(ready.ended).toBe(false);
    // Who waits patiently still gets in.
    const last = peers.at(-1);
    last?.send(WIRE.helloOfOvs);
    expect((await last?.next(TYPE.features))?.version).toBe(4);
  });

  it('leave no room for more connections than allowed: the newest has to go', async () => {
    channel = new TestChannel({ connections: 2 });
    await channel.listen();
    const established = [await channel.handshake(), await channel.handshake()];
    const refused = await channel.dial();
    await refused.end();
    expect(await channel.reasonOf(refused)).toBe('OFCH_LIMIT');
    expect(established.map(({ connection }) => connection.closed)).toEqual([false, false]);
    expect(channel.server.connections.size).toBe(2);
  });

  it('fill no log', async () => {
    channel = new TestChannel();
    await channel.listen();
    for (let count = 0; count < 120; count++) {
      const peer = await channel.dial();
      peer.send('ff');
      peer.send('ffffffffffffff');
      await peer.end();
    }
    await until(() => channel.closed.length === 120);
    await channel.stop();
    const lines = channel.log.filter(({ code }) => code === 'OFCH_MALFORMED');
    const suppressed = channel.log.reduce((sum, line) => sum + Number(line.suppressed ?? 0), 0);
    expect(lines.length).toBeLessThan(120);
    expect(lines.length + suppressed).toBe(120);
  });
});
