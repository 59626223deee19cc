import { connect, type Socket } from 'node:net';
import { JsonFramer } from 'ovsdb-client-ts';
import { LabError } from './errors.ts';

/**
 * A connection to a daemon of Open vSwitch over its control socket, as ovs-appctl has it (JSON-RPC, unixctl(7)): one
 * connection and many calls, without a process for each.
 */
export class Unixctl {
  readonly #socket: Socket;
  readonly #framer = new JsonFramer();
  readonly #waiting = new Map<
    number,
    { readonly take: (reply: Reply) => void; readonly fail: (error: Error) => void }
  >();
  #next = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      for (const message of this.#framer.push(chunk)) this.#receive(message as unknown as Reply);
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new LabError('LAB_DAEMON', 'it closed its control socket')));
  }

  static async open(path: string): Promise<Unixctl> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Unixctl(socket);
  }

  close(): void {
    this.#waiting.clear();
    this.#socket.destroy();
  }

  /** Calls a command, such as `ofproto/trace`, and returns what it prints. Calls may overlap. */
  call(method: string, ...params: readonly string[]): Promise<string> {
    const id = this.#next++;
    const answer = new Promise<string>((resolve, reject) => {
      this.#waiting.set(id, {
        take: ({ result, error }) =>
          typeof result === 'string'
            ? resolve(result)
            : reject(new LabError('LAB_COMMAND', `${method}: ${String(error).trim()}`)),
        fail: reject,
      });
    });
    this.#socket.write(JSON.stringify({ method, params, id }));
    return answer;
  }

  #receive(reply: Reply): void {
    this.#waiting.get(reply.id)?.take(reply);
    this.#waiting.delete(reply.id);
  }

  #fail(error: Error): void {
    for (const { fail } of this.#waiting.values()) fail(error);
    this.#waiting.clear();
  }
}

interface Reply {
  readonly id: number;
  readonly result: unknown;
  readonly error: unknown;
}
