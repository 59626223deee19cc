/**
 * A reactive controller: a switch that learns MAC addresses, as the tutorials of other frameworks have one. tenantflow has
 * no such app, since its flows are there before the packets; this is its channel and its codec put to that use, for the
 * comparison in `bench:reactive`. Arguments: the port to listen on.
 */
import {
  type Action,
  decode,
  encode,
  type FlowMod,
  GROUP,
  type Match,
  NO_BUFFER,
  NO_TRUNCATION,
  type PacketIn,
  type PacketOut,
  PORT,
  type Writer,
} from 'openflow-codec';
import { pino } from 'pino';
import type { Connection } from '#controller/channel/connection';
import { ChannelServer } from '#controller/channel/server';

/** OFPT_PACKET_IN (OF 1.3.5, 7.1). */
const PACKET_IN = 10;
/** Addresses that are remembered of each switch, as many as Open vSwitch does by default. */
const MOST_MACS = 8_192;
const MAC_SIZE = 6;

/**
 * MAC address → port. What is neither seen nor asked for while half of the places fill again is forgotten: taking out
 * the oldest one by one would make a Map walk over all the holes at its front each time.
 */
class MacTable {
  #young = new Map<number, number>();
  #old = new Map<number, number>();

  learn(mac: number, port: number): void {
    if (this.#young.size >= MOST_MACS / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(mac, port);
  }

  portOf(mac: number): number | undefined {
    const young = this.#young.get(mac);
    if (young !== undefined) return young;
    const old = this.#old.get(mac);
    if (old !== undefined) this.learn(mac, old);
    return old;
  }
}

const tables = new Map<Connection, MacTable>();

const server = new ChannelServer(pino({ level: 'silent' }), {
  ready(connection) {
    tables.set(connection, new MacTable());
    install(connection, 0, [], [{ action: 'output', port: PORT.controller, maxLength: NO_TRUNCATION }]);
  },
  message(connection, raw) {
    if (raw.type !== PACKET_IN) return;
    const packet = decode(raw.bytes);
    if (packet.type === 'packetIn') forward(connection, packet);
  },
  closed: (connection) => tables.delete(connection),
});

function forward(connection: Connection, { match, data, bufferId }: PacketIn): void {
  const inPort = match.find(({ field }) => field === 'in_port');
  const table = tables.get(connection);
  if (table === undefined || inPort?.field !== 'in_port' || data.length < 2 * MAC_SIZE) return;
  const port = Number(inPort.value);
  const destination = macAt(data, 0);
  const source = macAt(data, MAC_SIZE);
  table.learn(source, port);
  const to = table.portOf(destination);
  const actions = [{ action: 'output', port: to ?? PORT.flood, maxLength: 0 }] as const;
  if (to !== undefined)
    install(
      connection,
      1,
      [
        { field: 'in_port', value: port },
        { field: 'eth_dst', value: BigInt(destination) },
        { field: 'eth_src', value: BigInt(source) },
      ],
      actions,
    );
  packetOut.xid = connection.nextXid();
  packetOut.bufferId = bufferId;
  packetOut.inPort = port;
  packetOut.actions = actions;
  packetOut.data = bufferId === NO_BUFFER ? data : NOTHING;
  connection.write(writePacketOut);
}

function install(connection: Connection, priority: number, match: Match, actions: readonly Action[]): void {
  flowMod.xid = connection.nextXid();
  flowMod.priority = priority;
  flowMod.match = match;
  flowMod.instructions = [{ instruction: 'apply_actions', actions }];
  connection.write(writeFlowMod);
}

function writePacketOut(writer: Writer): void {
  encode(packetOut, writer);
}

function writeFlowMod(writer: Writer): void {
  encode(flowMod, writer);
}

/** 48 bits fit a number. */
function macAt(bytes: Uint8Array, at: number): number {
  let mac = 0;
  for (let index = at; index < at + MAC_SIZE; index++) mac = mac * 256 + (bytes[index] ?? 0);
  return mac;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NOTHING = new Uint8Array(0);
/** The messages that are sent again and again, each encoded before the next. */
const flowMod: Mutable<FlowMod> = {
  type: 'flowMod',
  xid: 0,
  cookie: 0n,
  cookieMask: 0n,
  tableId: 0,
  command: 'add',
  idleTimeout: 60,
  hardTimeout: 0,
  priority: 0,
  bufferId: NO_BUFFER,
  outPort: PORT.any,
  outGroup: GROUP.any,
  flags: 0,
  match: [],
  instructions: [],
};
const packetOut: Mutable<PacketOut> = {
  type: 'packetOut',
  xid: 0,
  bufferId: NO_BUFFER,
  inPort: 0,
  actions: [],
  data: NOTHING,
};

await server.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
