import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ALL_TABLES,
  decode,
  encodeToBytes,
  FLOW_MONITOR_FLAG,
  Framer,
  type Message,
  PORT,
} from 'openflow-codec';

/** Milliseconds without a change after which there is none to come. */
const QUIET = 500;

/** Hears of every change of a bridge's flows from the switch itself, whoever makes it: the same clock for all contenders. */
export class FlowWatch {
  readonly #socket: Socket;
  #changes = 0;
  #last = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const framer = new Framer();
    socket.on('data', (chunk) => framer.push(chunk, (bytes) => this.#take(decode(bytes))));
    socket.on('error', () => undefined);
  }

  /** Watches the bridge whose management socket this is. */
  static async open(path: string): Promise<FlowWatch> {
    const socket = connect(path);
    await once(socket, 'connect');
    const watch = new FlowWatch(socket);
    watch.#send({ type: 'hello', xid: 1, elements: [{ element: 'versionBitmap', versions: [4] }] });
    const { add, delete: gone, modify } = FLOW_MONITOR_FLAG;
    const monitor = { id: 1, flags: add | gone | modify, outPort: PORT.any, tableId: ALL_TABLES, match: [] };
    watch.#send({ type: 'multipartRequest', xid: 2, more: false, part: 'flowMonitor', body: [monitor] });
    await sleep(QUIET);
    return watch;
  }

  /** Does `work` and returns how many milliseconds after its start the last change came, and how many there were. */
  async during(work: () => Promise<unknown>): Promise<{ readonly ms: number; readonly changes: number }> {
    const before = this.#changes;
    const start = performance.now();
    this.#last = start;
    await work();
    for (const end = start + 60_000; performance.now() < end; ) {
      const isQuiet = performance.now() - this.#last > QUIET;
      if (isQuiet && this.#changes > before) break;
      await sleep(20);
    }
    if (this.#changes === before) throw new Error('no flow has changed within a minute');
    return { ms: this.#last - start, changes: this.#changes - before };
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(message: Message): void {
    if (message.type === 'echoRequest') this.#send({ ...message, type: 'echoReply' });
    if (message.type !== 'multipartReply' || message.part !== 'flowMonitor' || message.body.length === 0)
      return;
    this.#changes += message.body.length;
    this.#last = performance.now();
  }

  #send(message: Message): void {
    this.#socket.write(encodeToBytes(message));
  }
}
