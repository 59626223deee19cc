import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  decode,
  encode,
  encodeBundleAdd,
  encodeFlowModBytes,
  encodeToBytes,
  FLOW_MOD_COMMAND,
  Framer,
  type Message,
  Writer,
} from 'openflow-codec';
import type { Flow } from '#pipeline';

const ATOMIC_ORDERED = 3;
const BUNDLE = 1;
/** Transaction of the last barrier, which no other message has. */
const LAST = 0x7fffffff;

/** A controller that writes bytes which were there before: what Node and the switch can do at best. */
export class BareSocket {
  readonly #server: Server;
  #socket: Socket | undefined;
  #finished: (error?: Error) => void = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#connected(socket));
  }

  static async listen(host: string): Promise<BareSocket> {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    return new BareSocket(server);
  }

  /** `address:port`. */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Writes all at once; resolves when the switch has answered the last barrier. Rejects when it refuses something. */
  push(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#finished = (error) => (error ? reject(error) : resolve());
      this.#socket?.write(bytes);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  #connected(socket: Socket): void {
    this.#socket = socket.setNoDelay(true);
    const framer = new Framer();
    const send = (message: Message) => socket.write(encodeToBytes(message));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#finished(new Error('the switch has gone')));
    socket.on('data', (chunk) =>
      framer.push(chunk, (bytes) => {
        const message = decode(bytes);
        if (message.type === 'echoRequest') send({ ...message, type: 'echoReply' });
        if (message.type === 'error') this.#finished(new Error(message.name));
        if (message.type === 'barrierReply' && message.xid === LAST) this.#finished();
      }),
    );
    send({ type: 'hello', xid: 1, elements: [{ element: 'versionBitmap', versions: [4] }] });
  }
}

/** What adds all these flows in one bundle, from its opening to a barrier behind its commit. */
export function bundleOf(flows: Iterable<Flow>): Uint8Array {
  const writer = new Writer();
  const control = (xid: number, step: 'openRequest' | 'commitRequest') =>
    encode({ type: 'bundleControl', xid, bundleId: BUNDLE, control: step, flags: ATOMIC_ORDERED }, writer);
  let xid = 1;
  control(xid, 'openRequest');
  for (const flow of flows) {
    const head = { xid: ++xid, command: FLOW_MOD_COMMAND.add, ...numbersOf(flow) };
    encodeBundleAdd(writer, { xid, bundleId: BUNDLE, flags: ATOMIC_ORDERED }, () =>
      encodeFlowModBytes(writer, head, flow.matchText, flow.content),
    );
  }
  encode({ type: 'barrierRequest', xid: ++xid }, writer);
  control(++xid, 'commitRequest');
  encode({ type: 'barrierRequest', xid: LAST }, writer);
  return writer.bytes();
}

function numbersOf({ tableId, priority, cookieHi, cookieLo }: Flow) {
  return { tableId, priority, cookieHi, cookieLo };
}
