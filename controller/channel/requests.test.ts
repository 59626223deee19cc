import { CodecError, decode } from 'openflow-codec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBack } from '#controller/reconciler/reading/read-back';
import { FlowSet } from '#pipeline';
import { type RawPeer, TestChannel, TYPE, until, WIRE } from './channel-fixture.ts';
import type { Connection, Request } from './connection.ts';
import { ChannelError } from './errors.ts';
import type { ChannelLimits } from './limits.ts';

const DESC: Request = { type: 'multipartRequest', part: 'desc', more: false, body: null };
let channel: TestChannel;
let peer: RawPeer;
let connection: Connection;
beforeEach(() => open());
afterEach(() => channel.stop());

async function open(limits: Partial<ChannelLimits> = {}): Promise<void> {
  await channel?.stop();
  channel = new TestChannel(limits);
  await channel.listen();
  ({ peer, connection } = await channel.handshake());
}

/** The code with which a promise rejects. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ChannelError || error instanceof CodecError) return error.code;
  throw new Error(`no ChannelError, but ${String(error)}`);
}

describe('a request', () => {
  it('is answered by the message of its xid and its type only', async () => {
    const done: string[] = [];
    const first = connection.barrier().then(() => done.push('first'));
    const second = connection.barrier().then(() => done.push('second'));
    const { xid: one } = await peer.next(TYPE.barrier);
    const { xid: two } = await peer.next(TYPE.barrier);
    const wrong = [WIRE.barrierReply(two + 1), WIRE.echoReply(one), WIRE.flowReply(two)];
    peer.send(...wrong, WIRE.barrierReply(two));
    await second;
    expect(done).toEqual(['second']);
    peer.send(WIRE.barrierReply(one));
    await first;
    expect(channel.messages.map(({ type }) => type)).toEqual([21, 3, 19]);
    expect(channel.closed).toEqual([]);
  });

  it('can be answered by an error, which a barrier cannot', async () => {
    const answer = connection.request(DESC);
    peer.send(WIRE.error((await peer.next(TYPE.multipart)).xid));
    expect(await answer).toMatchObject({ type: 'error', name: 'OFPBRC_BAD_TYPE' });
    const barrier = codeOf(connection.barrier());
    peer.send(WIRE.error((await peer.next(TYPE.barrier)).xid));
    expect(await barrier).toBe('OFCH_UNEXPECTED');
    await peer.end();
  });

  it('takes an answer of many parts', async () => {
    let parts = 0;
    const done = connection.exchange(DESC, (message) => {
      parts += 1;
      const reply = decode(message.bytes);
      return reply.type === 'multipartReply' && !reply.more;
    });
    const { xid } = await peer.next(TYPE.multipart);
    for (let at = 0; at < 5; at++) peer.send(WIRE.flowReply(xid, { more: at < 4 }));
    await done;
    expect(parts).toBe(5);
    peer.send(WIRE.flowReply(xid));
    await until(() => channel.messages.length === 1);
  });

  it('fails when no answer comes, and a late answer answers nothing', async () => {
    await open({ requestMs: 20, tickMs: 5 });
    expect(await codeOf(connection.barrier())).toBe('OFCH_TIMEOUT');
    const { xid } = await peer.next(TYPE.barrier);
    peer.send(WIRE.barrierReply(xid));
    await until(() => channel.messages.length === 1);
    expect(connection.closed).toBe(false);
  });

  it('fails when too many wait, and when it cannot be encoded', async () => {
    await open({ requests: 2 });
    const waiting = [connection.barrier(), connection.barrier()];
    expect(await codeOf(connection.barrier())).toBe('OFCH_BUSY');
    for (const _ of waiting) peer.send(WIRE.barrierReply((await peer.next(TYPE.barrier)).xid));
    await Promise.all(waiting);
    const tooLong: Request = { type: 'echoRequest', data: new Uint8Array(70_000) };
    expect(await codeOf(connection.request(tooLong))).toBe('OFC_SIZE');
    const fine = connection.barrier();
    peer.send(WIRE.barrierReply((await peer.next(TYPE.barrier)).xid));
    await fine;
  });

  it('fails with the reason of the end of its connection, and at once after it', async () => {
    const codes = [codeOf(connection.barrier()), codeOf(connection.request(DESC))];
    connection.close(new ChannelError('OFCH_SILENT'));
    expect(await Promise.all(codes)).toEqual(['OFCH_SILENT', 'OFCH_SILENT']);
    expect(await codeOf(connection.barrier())).toBe('OFCH_CLOSED');
  });

  it.each([
    ['a CodecError', new CodecError('OFC_SHORT', { struct: 'x' }), 'OFCH_MALFORMED'],
    ['a ChannelError', new ChannelError('OFCH_UNEXPECTED'), 'OFCH_UNEXPECTED'],
    ['a mistake', new TypeError('a mistake'), 'OFCH_FAULT'],
  ])('fails, and ends the connection, when its taker throws %s', async (_what, error, code) => {
    const failed = codeOf(
      connection.exchange(DESC, () => {
        throw error;
      }),
    );
    const other = codeOf(connection.barrier());
    peer.send(WIRE.flowReply((await peer.next(TYPE.multipart)).xid));
    expect([await failed, await other]).toEqual([code, code]);
    expect(await channel.reasonOf(peer)).toBe(code);
  });
});

describe('reading back', () => {
  /** ofp_flow_stats (OF 1.3.5, 7.3.5.2) of table 3 with an empty match: 56 bytes. */
  const flow = (priority: number, length = '0038') =>
    `${length}0300${'00000000'.repeat(2)}${priority.toString(16).padStart(4, '0')}${'0000'.repeat(3)}00000000` +
    `7401010000000005${'00000000'.repeat(4)}0001000400000000`;
  const xidOf = async () => (await peer.next(TYPE.multipart)).xid;

  it('takes flows from all parts', async () => {
    const flows = readBack(connection, new FlowSet());
    const xid = await xidOf();
    peer.send(WIRE.flowReply(xid, { more: true, body: flow(1) + flow(2) }));
    peer.send(WIRE.flowReply(xid, { body: flow(3) }));
    expect([...(await flows).values()].map(({ priority, tableId }) => [tableId, priority])).toEqual([
      [3, 1],
      [3, 2],
      [3, 3],
    ]);
  });

  it.each([
    ['garbage', 'OFCH_MALFORMED', { body: 'ff'.repeat(100) }],
    ['half a flow', 'OFCH_MALFORMED', { body: flow(1).slice(0, 80) }],
    ['a flow of length 0', 'OFCH_MALFORMED', { body: flow(1, '0000') }],
    ['another multipart type', 'OFCH_UNEXPECTED', { part: 13 }],
  ])('fails and closes on %s', async (_what, code, part) => {
    const flows = codeOf(readBack(connection, new FlowSet()));
    peer.send(WIRE.flowReply(await xidOf(), part));
    expect(await flows).toBe(code);
    expect(await channel.reasonOf(peer)).toBe(code);
  });

  it('does not read for ever', async () => {
    await open({ answerBytes: 1_000_000 });
    const flows = codeOf(readBack(connection, new FlowSet()));
    const part = WIRE.flowReply(await xidOf(), { more: true, body: flow(1).repeat(1_000) });
    while (!peer.ended) {
      peer.send(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await flows).toBe('OFCH_ANSWER_SIZE');
  });
});
