import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestChannel, until, WIRE } from '#controller/channel/channel-fixture';
import { Evictions } from './evictions.ts';

/** OFPT_SET_ASYNC (OF 1.3.5, 7.1). */
const SET_ASYNC = 28;
const REASON = { idle: 0, delete: 2, eviction: 5 } as const;
/** What ports have learned (docs/pipeline.md), and what is not theirs. */
const [OF_PORTS, OF_POLICIES, INSTALLED] = ['75080800', '75080900', '74080800'];
let channel: TestChannel;
let log: Record<string, unknown>[];
beforeEach(async () => {
  log = [];
  channel = new TestChannel();
  await channel.listen();
});
afterEach(() => channel.stop());

/** OFPT_FLOW_REMOVED (OF 1.3.5, 7.4.2) with a match without fields, or cut short. */
function removed(port: number, { reason = 5, space = OF_PORTS, size = 56 } = {}): string {
  const cookie = `${space}${port.toString(16).padStart(8, '0')}`;
  const body = `${cookie}03e9${reason.toString(16).padStart(2, '0')}70${'00'.repeat(28)}0001000400000000`;
  const message = `040b${size.toString(16).padStart(4, '0')}00000000${body}`;
  return message.slice(0, 2 * size);
}

async function heard(...messages: readonly string[]): Promise<Evictions> {
  const evictions = new Evictions(pino({}, { write: (line: string) => log.push(JSON.parse(line)) }));
  const { peer, connection } = await channel.handshake();
  evictions.hear(connection);
  const { hex } = await peer.next(SET_ASYNC);
  // Of packets those that flows show, of flows only those that were evicted.
  expect(hex.slice(16)).toBe(`${'0000000200000000'}${'00000007'.repeat(2)}${'00000020'}${'00000000'}`);
  peer.send(...messages);
  const before = channel.messages.length;
  peer.send(WIRE.barrierReply(0));
  await until(() => channel.messages.length > before);
  return evictions;
}

it('counts what a full table has forgotten, by port, and nothing else', async () => {
  const evictions = await heard(
    ...[removed(5), removed(7), removed(5)],
    ...[
      removed(5, { reason: REASON.idle }),
      removed(5, { reason: REASON.delete }),
      removed(5, { reason: 255 }),
    ],
    ...[removed(5, { space: OF_POLICIES }), removed(5, { space: INSTALLED }), removed(5, { size: 47 })],
  );
  expect(evictions.count).toBe(3);
  expect(Object.fromEntries(evictions.ports)).toEqual({ 5: 2, 7: 1 });
  expect(channel.closed).toEqual([]);
  // Not a line for each.
  expect(log).toMatchObject([{ msg: 'learned flows forgotten at the limit', flows: 1, port: 5 }]);
});

it('keeps apart no more ports than it can hold, whatever a switch says: those that lost something last', async () => {
  const ports = Array.from({ length: 3_000 }, (_, at) => at + 1);
  const evictions = await heard(...ports.map((port) => removed(port)), removed(2_001));
  expect(evictions.count).toBe(3_001);
  expect(evictions.ports.size).toBe(1_000);
  expect([...evictions.ports.keys()].slice(0, 2)).toEqual([2_002, 2_003]);
  expect([...evictions.ports].at(-1)).toEqual([2_001, 2]);
});
