import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { vi } from 'vitest';
import type { Connection } from './connection.ts';
import type { ChannelError } from './errors.ts';
import { CHANNEL_LIMITS, type ChannelLimits } from './limits.ts';
import { ChannelServer } from './server.ts';

/** Bytes that Open vSwitch 3.1 sends (openflow-codec's vectors) or that the specification's layouts give by hand. */
export const WIRE = {
  /** Version 1.5 in the header, 1.0, 1.3, 1.4 and 1.5 in the bitmap. */
  helloOfOvs: '06000010000000040001000800000072',
  helloWithoutBitmap: '0400000800000001',
  helloOf10: '0100000800000001',
  /** Version 1.3 in the header, 1.0 and 1.4 in the bitmap. */
  helloOfOthers: '04000010000000040001000800000022',
  featuresReply: (xid: number) => `04060020${hex32(xid)}000002000000000100000000fe0000000000004f00000000`,
  barrierReply: (xid: number) => `04150008${hex32(xid)}`,
  echoRequest: (xid: number, data = '') => `0402${hex16(8 + data.length / 2)}${hex32(xid)}${data}`,
  echoReply: (xid: number, data = '') => `0403${hex16(8 + data.length / 2)}${hex32(xid)}${data}`,
  /** OFPET_BAD_REQUEST, OFPBRC_BAD_TYPE. */
  error: (xid: number) => `0401000c${hex32(xid)}00010001`,
  /** OFPT_PORT_STATUS that ends after its header: no such message can be decoded. */
  brokenPortStatus: '040c000800000000',
  /** A flow multipart reply with the flag MORE and a body. */
  flowReply: (xid: number, { more = false, body = '', part = 1 } = {}) =>
    `0413${hex16(16 + body.length / 2)}${hex32(xid)}${hex16(part)}${more ? '0001' : '0000'}00000000${body}`,
};
/** OpenFlow message types (OF 1.3.5, 7.1), of what the controller sends. */
export const TYPE = {
  hello: 0,
  error: 1,
  echoRequest: 2,
  echoReply: 3,
  features: 5,
  multipart: 18,
  barrier: 20,
};

/** A channel server on loopback, and what it told. */
export class TestChannel {
  readonly log: Record<string, unknown>[] = [];
  readonly ready: Connection[] = [];
  readonly messages: { readonly type: number; readonly xid: number }[] = [];
  /** What `isAnswering` was each time that it was told of. */
  readonly pulses: boolean[] = [];
  readonly closed: { readonly connection: Connection; readonly reason: ChannelError }[] = [];
  /** How many messages were told of that answer no request. */
  unasked = 0;
  /** Runs for each message that answers no request. */
  onMessage: (connection: Connection) => void = () => undefined;
  /** Run after what is recorded. */
  onReady: (connection: Connection) => void = () => undefined;
  onClosed: (connection: Connection, reason: ChannelError) => void = () => undefined;
  onPulse: (connection: Connection) => void = () => undefined;
  readonly server: ChannelServer;
  readonly #peers: RawPeer[] = [];
  #address = '';

  constructor(limits: Partial<ChannelLimits> = {}) {
    const lines = { write: (line: string) => this.log.push(JSON.parse(line)) };
    this.server = new ChannelServer(
      pino({ level: 'info' }, lines),
      {
        ready: (connection) => {
          this.ready.push(connection);
          this.onReady(connection);
        },
        message: (connection, { type, xid }) => {
          this.messages.push({ type, xid });
          this.onMessage(connection);
        },
        unasked: (_connection, count) => {
          this.unasked += count;
        },
        pulse: (connection) => {
          this.pulses.push(connection.isAnswering);
          this.onPulse(connection);
        },
        closed: (connection, reason) => {
          this.closed.push({ connection, reason });
          this.onClosed(connection, reason);
        },
      },
      { limits: { ...CHANNEL_LIMITS, ...limits } },
    );
  }

  async listen(host = '127.0.0.1'): Promise<string> {
    this.#address = await this.server.listen({ host, port: 0 });
    return this.#address;
  }

  /** `from` is the peer's own address; any of 127.0.0.0/8 will do. */
  async dial(from?: string): Promise<RawPeer> {
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(this.#address) ?? [];
    const socket = connect({ host, port: Number(port), ...(from && { localAddress: from }) });
    await once(socket, 'connect');
    const peer = new RawPeer(socket);
    this.#peers.push(peer);
    return peer;
  }

  /** A peer whose handshake is done, and the connection that it is to the server. */
  async handshake(from?: string): Promise<{ peer: RawPeer; connection: Connection }> {
    const peer = await this.dial(from);
    const before = this.ready.length;
    peer.send(WIRE.helloOfOvs);
    const features = await peer.next(TYPE.features);
    peer.send(WIRE.featuresReply(features.xid));
    await until(() => this.ready.length > before);
    const connection = this.ready[before];
    if (!connection) throw new Error('no connection is ready');
    return { peer, connection };
  }

  /** The reason with which the connection of a peer was closed, once it was. */
  async reasonOf(peer: RawPeer): Promise<string> {
    const find = () => this.closed.find(({ connection }) => connection.peer === peer.address);
    await until(() => find() !== undefined);
    return find()?.reason.code ?? '';
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.socket.destroy();
    await this.server.close();
  }
}

/** A message that a peer received: its header, and all its bytes in hex. */
export interface Received {
  readonly version: number;
  readonly type: number;
  readonly xid: number;
  readonly hex: string;
}

/** A plain socket that knows no more of OpenFlow than where a message ends. */
export class RawPeer {
  readonly socket: Socket;
  readonly address: string;
  readonly received: Received[] = [];
  ended = false;
  #held = Buffer.alloc(0);
  #read = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    const { address, port, family } = socket.address() as { address: string; port: number; family: string };
    this.address = family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
    });
  }

  send(...hex: readonly string[]): void {
    this.socket.write(Buffer.from(hex.join(''), 'hex'));
  }

  /** The next message of a type that was not returned before; others before it are skipped. */
  async next(type: number): Promise<Received> {
    const find = () => this.received.findIndex((each, at) => at >= this.#read && each.type === type);
    await until(() => find() >= 0 || this.ended);
    const at = find();
    const found = this.received[at];
    if (!found) throw new Error(`the connection ended without a message of type ${type}`);
    this.#read = at + 1;
    return found;
  }

  /** Resolves when the server has ended the connection. */
  async end(): Promise<void> {
    await until(() => this.ended);
  }

  #take(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    for (;;) {
      const size = this.#held.length >= 8 ? this.#held.readUInt16BE(2) : Number.POSITIVE_INFINITY;
      if (this.#held.length < size) return;
      const bytes = this.#held.subarray(0, size);
      this.#held = this.#held.subarray(size);
      const [version = 0, type = 0] = bytes;
      this.received.push({ version, type, xid: bytes.readUInt32BE(4), hex: bytes.toString('hex') });
    }
  }
}

/** Sends until neither the peer nor the kernel takes any more. */
export async function clog(peer: RawPeer, connection: Connection): Promise<void> {
  peer.socket.pause();
  while (!connection.congested) {
    connection.write((writer) => writer.append(new Uint8Array(1024 * 1024)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Resolves once `test` holds. */
export function until(test: () => boolean): Promise<boolean> {
  return vi.waitUntil(test, { timeout: 20_000, interval: 1 });
}

function hex16(value: number): string {
  return value.toString(16).padStart(4, '0');
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
