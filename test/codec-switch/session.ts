import { connect, type Socket } from 'node:net';
import {
  decode,
  type ErrorMessage,
  encode,
  encodeToBytes,
  Framer,
  type Message,
  type MultipartReply,
  type MultipartRequest,
  type PacketIn,
  Writer,
} from 'openflow-codec';

/** What a switch said to one batch of messages. */
interface Answers {
  /** By the xid of the message that was refused. */
  readonly errors: ReadonlyMap<number, ErrorMessage>;
  readonly parts: readonly MultipartReply[];
}

/** An OpenFlow 1.3 session with one bridge over its management socket: our codec at one end, ovs-vswitchd at the other. */
export class Session {
  readonly #socket: Socket;
  readonly #framer = new Framer();
  readonly #writer = new Writer();
  #errors = new Map<number, ErrorMessage>();
  #parts: MultipartReply[] = [];
  #barrier = 0;
  #take: (packet: PacketIn) => void = () => undefined;
  #done: (answers: Answers) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      try {
        this.#framer.push(chunk, (bytes) => this.#receive(decode(bytes)));
      } catch (error) {
        this.#failed(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => this.#failed(new Error('the switch closed the connection')));
  }

  static async open(path: string): Promise<Session> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const session = new Session(socket);
    await session.send([{ type: 'hello', xid: 0, elements: [{ element: 'versionBitmap', versions: [4] }] }]);
    return session;
  }

  close(): void {
    this.#failed = () => undefined;
    this.#socket.destroy();
  }

  /** Hands every packet that the switch sends to `take`. */
  onPacketIn(take: (packet: PacketIn) => void): void {
    this.#take = take;
  }

  /** Sends messages and a barrier; resolves with everything that came before the barrier's reply. */
  send(messages: readonly Message[]): Promise<Answers> {
    this.#writer.reset();
    for (const message of messages) encode(message, this.#writer);
    this.#barrier = (this.#barrier + 1) | BARRIER_BIT;
    encode({ type: 'barrierRequest', xid: this.#barrier >>> 0 }, this.#writer);
    this.#errors = new Map();
    this.#parts = [];
    const answers = new Promise<Answers>((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
    this.#socket.write(this.#writer.bytes().slice());
    return answers;
  }

  /** Asks for all parts of a multipart. */
  async ask(request: MultipartRequest): Promise<readonly MultipartReply[]> {
    const { errors, parts } = await this.send([request]);
    const [error] = errors.values();
    if (error !== undefined) throw new Error(`${request.part}: ${error.name}`);
    return parts;
  }

  #receive(message: Message): void {
    if (message.type === 'echoRequest') this.#socket.write(encodeToBytes({ ...message, type: 'echoReply' }));
    else if (message.type === 'error') this.#errors.set(message.xid, message);
    else if (message.type === 'packetIn') this.#take(message);
    else if (message.type === 'multipartReply') this.#parts.push(message);
    else if (message.type === 'barrierReply' && message.xid === this.#barrier >>> 0) {
      this.#done({ errors: this.#errors, parts: this.#parts });
    }
  }
}

/** Barriers have xids of their own. */
const BARRIER_BIT = 0x8000_0000;
