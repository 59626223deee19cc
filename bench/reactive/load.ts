/**
 * Switches that ask about every packet, as cbench has them: each keeps so many PACKET_INs unanswered, and each FLOW_MOD
 * that comes back is an answer and makes room for the next. Arguments: port, switches, window, seconds, runs; prints a
 * line of JSON with the answers per second of each run.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encodeToBytes, Framer, type Message, NO_BUFFER } from 'openflow-codec';

const [port = 0, count = 16, window = 64, seconds = 1, runs = 5] = process.argv.slice(2).map(Number);
/** Different senders of a switch: more than controllers remember. */
const MACS = 16_384;
const FLOW_MOD = 14;
/** Milliseconds after which a window without answers is given up and filled anew. */
const LOST_AFTER = 1_000;
const HELLO: Message = { type: 'hello', xid: 1, elements: [{ element: 'versionBitmap', versions: [4] }] };

/** One switch: its handshake by the codec, then its packets from a ring of bytes that are made before. */
class Asker {
  answers = 0;
  lost = 0;
  readonly ready: Promise<void>;
  readonly #id: number;
  readonly #socket: Socket;
  readonly #framer = new Framer();
  readonly #ring: Buffer;
  readonly #size: number;
  #ringAt = 0;
  #waiting = 0;
  #isAsking = false;
  #heardAt = 0;
  #isReady: () => void = () => undefined;

  constructor(id: number) {
    this.#id = id;
    const packets = Array.from({ length: MACS }, (_, at) => packetIn(destinationOf(id), sourceOf(id, at), 1));
    this.#size = packets[0]?.length ?? 0;
    this.#ring = Buffer.concat(packets);
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#socket = connect(port, '127.0.0.1', () => this.#socket.write(encodeToBytes(HELLO)));
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => fail(`switch ${id}: ${error.message}`));
    this.#socket.on('close', () => fail(`switch ${id}: the controller closed its connection`));
  }

  /** The destination of all packets shows itself. */
  introduce(): void {
    this.#socket.write(packetIn(0xffff_ffff_ffffn, destinationOf(this.#id), 2));
  }

  start(): void {
    this.#isAsking = true;
    this.#heardAt = performance.now();
    this.#fill();
  }

  /** Gives up what is not answered. */
  check(now: number): void {
    if (now - this.#heardAt < LOST_AFTER) return;
    this.lost += this.#waiting;
    this.#waiting = 0;
    this.#heardAt = now;
    this.#fill();
  }

  #take(chunk: Buffer): void {
    const before = this.answers;
    this.#framer.push(chunk, (bytes) => {
      if (bytes[1] === FLOW_MOD) this.answers += 1;
      else this.#answer(bytes);
    });
    if (!this.#isAsking || this.answers === before) return;
    this.#waiting = Math.max(0, this.#waiting - (this.answers - before));
    this.#heardAt = performance.now();
    this.#fill();
  }

  #fill(): void {
    let missing = window - this.#waiting;
    this.#waiting = window;
    while (missing > 0) {
      const now = Math.min(missing, MACS - this.#ringAt);
      this.#socket.write(this.#ring.subarray(this.#ringAt * this.#size, (this.#ringAt + now) * this.#size));
      this.#ringAt = (this.#ringAt + now) % MACS;
      missing -= now;
    }
  }

  #answer(bytes: Uint8Array): void {
    // A PACKET_OUT, of which there are as many as packets, needs none.
    if (bytes[1] === PACKET_OUT) return;
    const message = decode(bytes);
    const reply = replyTo(message, this.#id);
    if (reply !== undefined) this.#socket.write(encodeToBytes(reply));
    if (message.type === 'featuresRequest') this.#isReady();
  }
}

const PACKET_OUT = 13;

function replyTo(message: Message, id: number): Message | undefined {
  const { xid } = message;
  switch (message.type) {
    case 'featuresRequest':
      return { type: 'featuresReply', xid, datapathId: BigInt(id + 1), ...FEATURES };
    case 'echoRequest':
      return { ...message, type: 'echoReply' };
    case 'barrierRequest':
      return { type: 'barrierReply', xid };
    case 'getConfigRequest':
      return { type: 'getConfigReply', xid, flags: 0, missSendLength: 128 };
    case 'multipartRequest':
      return message.part === 'portDesc'
        ? { type: 'multipartReply', xid, more: false, part: 'portDesc', body: [] }
        : undefined;
    default:
      return undefined;
  }
}

/** An Ethernet frame of 60 bytes in a PACKET_IN without a buffer, as Open vSwitch sends it. */
function packetIn(destination: bigint, source: bigint, inPort: number): Uint8Array {
  const data = Buffer.alloc(60);
  data.writeUIntBE(Number(destination), 0, 6);
  data.writeUIntBE(Number(source), 6, 6);
  // IPv4, UDP from 10.0.0.0 to 10.0.0.0: nobody looks further.
  data.set([0x08, 0x00, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0], 12);
  return encodeToBytes({
    type: 'packetIn',
    xid: 0,
    bufferId: NO_BUFFER,
    totalLength: data.length,
    reason: 'noMatch',
    tableId: 0,
    cookie: 0n,
    match: [{ field: 'in_port', value: inPort }],
    data,
  });
}

function destinationOf(id: number): bigint {
  return 0x02dd_0000_0001n + (BigInt(id) << 16n);
}

function sourceOf(id: number, at: number): bigint {
  return 0x0200_0000_0000n + (BigInt(id) << 32n) + BigInt(at);
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}

const FEATURES = { bufferCount: 0, tableCount: 254, auxiliaryId: 0, capabilities: 0x4f, reserved: 0 };

const askers = Array.from({ length: count }, (_, id) => new Asker(id));
const inTime = sleep(20_000).then(() => fail('not all switches came through the handshake'));
await Promise.race([Promise.all(askers.map(({ ready }) => ready)), inTime]);
await sleep(500);
for (const asker of askers) asker.introduce();
await sleep(500);
for (const asker of askers) asker.start();
setInterval(() => {
  for (const asker of askers) asker.check(performance.now());
}, 100);
const sum = (): number => askers.reduce((all, { answers }) => all + answers, 0);
// The first second warms up.
await sleep(1_000);
const rates: number[] = [];
for (let run = 0; run < runs; run++) {
  const [before, start] = [sum(), performance.now()];
  await sleep(seconds * 1_000);
  rates.push(((sum() - before) / (performance.now() - start)) * 1_000);
}
console.log(JSON.stringify({ rates, answers: sum(), lost: askers.reduce((all, { lost }) => all + lost, 0) }));
process.exit(0);
