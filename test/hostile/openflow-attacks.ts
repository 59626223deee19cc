import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECKOUT } from '#lab';
import type { Attack } from './assault.ts';
import type { Intruder } from './intruder.ts';
import type { Random } from './random.ts';

/** Messages of a real switch. */
const MESSAGES: readonly Buffer[] = readFileSync(
  `${CHECKOUT}/packages/openflow-codec/vectors/vswitchd.txt`,
  'utf8',
)
  .split('\n')
  .filter((line) => /^04[0-9a-f]+$/.test(line))
  .map((line) => Buffer.from(line, 'hex'));
const HELLO = Buffer.from('0400000800000001', 'hex');
const HEADER_SIZE = 8;
const FEATURES_REQUEST = 5;
const BARRIER_REQUEST = 20;

/** What is done to the OpenFlow port, by name. */
export const OPENFLOW_ATTACKS: Readonly<Record<string, Attack>> = {
  async truncated(intruder, random) {
    const message = random.pick(MESSAGES);
    await intruder.send(HELLO);
    await intruder.send(message.subarray(0, random.below(message.length)));
  },
  async oversized(intruder, random) {
    await intruder.send(HELLO);
    const endless = Buffer.alloc(65_536, random.below(256));
    endless.writeUInt32BE(0x0413ffff);
    for (let count = 0; count < 20; count++) await intruder.send(endless);
  },
  async random(intruder, random) {
    if (random.below(2) === 0) await intruder.send(HELLO);
    await intruder.send(random.bytes(1 + random.below(4_096)));
  },
  async flipped(intruder, random) {
    await intruder.send(HELLO);
    await intruder.send(featuresReply(2, random.bytes(8)));
    for (let count = 0; count < 20; count++) await intruder.send(random.flipped(random.pick(MESSAGES)));
  },
  async dribbling(intruder, random) {
    for (const byte of Buffer.concat([HELLO, random.pick(MESSAGES)]).subarray(0, 100)) {
      await intruder.send(Uint8Array.of(byte));
      await sleep(5);
    }
  },
  async asking(intruder, random) {
    intruder.socket.pause();
    await intruder.send(HELLO);
    const echo = Buffer.alloc(60_000);
    echo.writeUInt32BE(0x04020000 + echo.length);
    for (let count = 0; count < 50 + random.below(50); count++) await intruder.send(echo);
  },
  async flooding(intruder, random) {
    await intruder.send(HELLO);
    await intruder.send(featuresReply(2, random.bytes(8)));
    const kind = random.pick([() => message(10, 0, random.bytes(64)), () => message(BARRIER_REQUEST, 7)]);
    const many = Buffer.concat(Array.from({ length: 1_000 }, kind));
    for (let count = 0; count < 40; count++) await intruder.send(many);
  },
  async silent(intruder) {
    await intruder.leave(500);
  },
};

/** Does a proper handshake as some switch, and answers whatever it is asked with lies. */
export function liar(datapathId: (random: Random) => Buffer): Attack {
  return async (intruder, random) => {
    answerRequests(intruder, (type, xid) => lie(type, xid, datapathId(random), random));
    await intruder.send(HELLO);
    await intruder.leave(1_000);
  };
}

/** Hands each request to `answer`, and sends what that returns. */
function answerRequests(intruder: Intruder, answer: (type: number, xid: number) => readonly Buffer[]): void {
  let held = Buffer.alloc(0);
  intruder.onData((chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= HEADER_SIZE && held.length >= held.readUInt16BE(2)) {
      const size = Math.max(HEADER_SIZE, held.readUInt16BE(2));
      const [, type = 0] = held;
      const answers = answer(type, held.readUInt32BE(4));
      held = held.subarray(size);
      for (const bytes of answers) if (!intruder.ended) intruder.socket.write(bytes);
    }
  });
}

function lie(type: number, xid: number, datapathId: Buffer, random: Random): readonly Buffer[] {
  if (type === 0) return [];
  if (type === FEATURES_REQUEST) return [featuresReply(xid, datapathId)];
  if (type === BARRIER_REQUEST && random.below(2) === 0) return [message(21, xid)];
  return random.pick<() => readonly Buffer[]>([
    () => [message(1, xid, random.bytes(random.below(64)))],
    () => [message(19, xid, random.bytes(random.below(512)))],
    () => [message(random.below(64), xid, random.bytes(random.below(64)))],
    () => [message(19, xid + 1, Buffer.from('0001000000000000', 'hex'))],
    () => Array.from({ length: 200 }, () => endlessFlows(xid, random)),
    () =>
      Array.from({ length: 2_000 }, () => message(1, xid + random.below(8), Buffer.from('00010001', 'hex'))),
  ])();
}

/** A part of a flow reply, with the flag MORE, of our own cookie space. */
function endlessFlows(xid: number, random: Random): Buffer {
  const flows = Array.from({ length: 100 }, () => {
    const flow = Buffer.from(`0038${'00'.repeat(54)}`, 'hex');
    flow[2] = random.below(254);
    flow.writeUInt16BE(random.below(65_536), 12);
    flow.writeUInt32BE(0x74010100, 24);
    flow.writeUInt32BE(0x00010004, 48);
    return flow;
  });
  return message(19, xid, Buffer.concat([Buffer.from('0001000100000000', 'hex'), ...flows]));
}

function featuresReply(xid: number, datapathId: Buffer): Buffer {
  return message(6, xid, Buffer.concat([datapathId, Buffer.from('00000000fe0000000000004f00000000', 'hex')]));
}

function message(type: number, xid: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.from([4, type, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(HEADER_SIZE + body.length, 2);
  header.writeUInt32BE(xid >>> 0, 4);
  return Buffer.concat([header, body]);
}
