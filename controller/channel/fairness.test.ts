import { afterEach, expect, it } from 'vitest';
import { TestChannel, TYPE, until, WIRE } from './channel-fixture.ts';

/** Peers that say too much, beside one that does not. */
const TURN_BYTES = 128 * 1024;
/** What a socket hands over at once, at most. */
const CHUNK = 64 * 1024;
let channel: TestChannel;
afterEach(() => channel.stop());

/** A packet of 64 bytes that nobody asked for (OF 1.3.5, 7.4.1). */
const PACKET_IN = `040a006a00000000ffffffff004000000000000000000000${'0001000c8000000400000001'}00000000${'0000'}${'ab'.repeat(64)}`;
const BARRIER_REQUEST = '0414000800000007';

/** Sends the same for ever, as fast as it is taken. */
function flood(
  socket: { write(bytes: Buffer, sent: () => void): boolean; destroyed: boolean },
  hex: string,
): void {
  const bytes = Buffer.from(hex.repeat(Math.ceil(CHUNK / (hex.length / 2))), 'hex');
  const again = (): void => {
    if (!socket.destroyed) socket.write(bytes, again);
  };
  again();
}

it.each([
  ['packets', PACKET_IN, undefined],
  ['barriers', BARRIER_REQUEST, undefined],
  ['echo requests, whose answers it does not read', WIRE.echoRequest(1), 'pause'],
] as const)(
  'takes from a switch that floods it with %s no more than its share of a turn',
  async (_what, hex, reading) => {
    channel = new TestChannel({ turnBytes: TURN_BYTES });
    await channel.listen();
    const [flooding, other] = [await channel.handshake(), await channel.handshake('127.0.0.2')];
    if (reading) flooding.peer.socket.pause();
    let [inTurn, most, turns] = [0, 0, 0];
    const size = hex.length / 2;
    channel.onMessage = () => {
      inTurn += size;
    };
    const turn = (): void => {
      [most, inTurn, turns] = [Math.max(most, inTurn), 0, turns + 1];
      if (!flooding.peer.socket.destroyed) setImmediate(turn);
    };
    turn();
    flood(flooding.peer.socket, hex);
    for (let count = 0; count < 100; count++) {
      other.peer.send(WIRE.echoRequest(count));
      expect((await other.peer.next(TYPE.echoReply)).xid).toBe(count);
    }
    expect(other.connection.closed).toBe(false);
    // A chunk that came as the last of the turn, and one that was on its way already.
    expect(most).toBeLessThanOrEqual(TURN_BYTES + 2 * CHUNK);
    if (reading) await until(() => flooding.connection.congested);
    else expect(most).toBeGreaterThan(0);
  },
);

it('names who sends a flood of what nobody asked for, in the log and to its owner', async () => {
  channel = new TestChannel({ floodMessages: 1_000, tickMs: 20 });
  await channel.listen();
  const { peer } = await channel.handshake();
  flood(peer.socket, PACKET_IN);
  await until(() => channel.log.some(({ msg }) => msg === 'openflow flood'));
  const line = channel.log.find(({ msg }) => msg === 'openflow flood');
  expect(line).toMatchObject({ peer: peer.address, datapath: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(line?.messages).toBeGreaterThanOrEqual(1_000);
  peer.socket.destroy();
  await until(() => channel.closed.length === 1);
  expect(channel.unasked).toBe(channel.messages.length);
});
