import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One hostile connection. */
export class Intruder {
  readonly socket: Socket;
  /** What the controller's log calls it. */
  readonly peer: string;
  /** The controller ended it before we did. */
  refused = false;
  #left = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.peer = `${socket.localAddress}:${socket.localPort}`;
    socket.on('error', () => undefined);
    const ended = () => {
      this.refused ||= !this.#left;
    };
    socket.on('end', ended);
    socket.on('close', ended);
    socket.resume();
  }

  /** Undefined when the connection is not taken. */
  static async dial(from: string, to: string, port: number): Promise<Intruder | undefined> {
    const socket = connect({ host: to, port, localAddress: from });
    try {
      await once(socket, 'connect');
    } catch {
      return undefined;
    }
    return socket.localAddress === undefined ? undefined : new Intruder(socket);
  }

  get ended(): boolean {
    return this.socket.destroyed || this.refused;
  }

  /** Sends, and waits while the controller does not take it, for at most a second. */
  async send(bytes: Uint8Array | string): Promise<void> {
    if (this.ended) return;
    if (this.socket.write(bytes)) await sleep(0);
    else await Promise.race([once(this.socket, 'drain'), sleep(1_000)]).catch(() => undefined);
  }

  /** Calls `take` for all that the controller sends. */
  onData(take: (chunk: Buffer) => void): void {
    this.socket.on('data', take);
  }

  /** Leaves after a moment in which the controller may answer. */
  async leave(ms = 50): Promise<void> {
    const end = performance.now() + ms;
    while (!this.ended && performance.now() < end) await sleep(5);
    this.#left = true;
    this.socket.destroy();
  }
}
