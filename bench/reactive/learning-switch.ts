/**
 * A reactive controller: a switch that learns MAC addresses, as the tutorials of other frameworks have one. tenantflow has
 * no such app, since its flows are there before the packets; this is its channel and its codec put to that use, for the
 * comparison in `bench:reactive`. Arguments: the port to listen on.
 */
import {
  type Action,
  decode,
  encode,
  GROUP,
  type Match,
  NO_BUFFER,
  NO_TRUNCATION,
  type PacketIn,
  PORT,
} from 'openflow-codec';
import { pino } from 'pino';
import type { Connection } from '#controller/channel/connection';
import { ChannelServer } from '#controller/channel/server';

/** OFPT_PACKET_IN (OF 1.3.5, 7.1). */
const PACKET_IN = 10;
/** Addresses that are remembered of each switch, as many as Open vSwitch does by default; the oldest goes. */
const MOST_MACS = 8_192;
const MAC_SIZE = 6;

/** By connection: MAC address → port. */
const tables = new Map<Connection, Map<number, number>>();

const server = new ChannelServer(pino({ level: 'silent' }), {
  ready(connection) {
    tables.set(connection, new Map());
    install(connection, 0, [], [{ action: 'output', port: PORT.controller, maxLength: NO_TRUNCATION }]);
  },
  message(connection, raw) {
    if (raw.type !== PACKET_IN) return;
    const packet = decode(raw.bytes);
    if (packet.type === 'packetIn') forward(connection, packet);
  },
  closed: (connection) => tables.delete(connection),
});
await server.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });

function forward(connection: Connection, { match, data, bufferId }: PacketIn): void {
  const inPort = match.find(({ field }) => field === 'in_port');
  const table = tables.get(connection);
  if (table === undefined || inPort?.field !== 'in_port' || data.length < 2 * MAC_SIZE) return;
  const port = Number(inPort.value);
  const destination = macAt(data, 0);
  const source = macAt(data, MAC_SIZE);
  learn(table, source, port);
  const to = table.get(destination);
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
  const xid = connection.nextXid();
  const sent = bufferId === NO_BUFFER ? data : NOTHING;
  connection.write((writer) =>
    encode({ type: 'packetOut', xid, bufferId, inPort: port, actions, data: sent }, writer),
  );
}

function learn(table: Map<number, number>, mac: number, port: number): void {
  if (table.get(mac) === port) return;
  table.delete(mac);
  table.set(mac, port);
  if (table.size <= MOST_MACS) return;
  for (const oldest of table.keys()) {
    table.delete(oldest);
    return;
  }
}

function install(connection: Connection, priority: number, match: Match, actions: readonly Action[]): void {
  const xid = connection.nextXid();
  const instructions = [{ instruction: 'apply_actions', actions }] as const;
  connection.write((writer) => encode({ ...FLOW_MOD, xid, priority, match, instructions }, writer));
}

/** 48 bits fit a number. */
function macAt(bytes: Uint8Array, at: number): number {
  let mac = 0;
  for (let index = at; index < at + MAC_SIZE; index++) mac = mac * 256 + (bytes[index] ?? 0);
  return mac;
}

const NOTHING = new Uint8Array(0);
const FLOW_MOD = {
  type: 'flowMod',
  cookie: 0n,
  cookieMask: 0n,
  tableId: 0,
  command: 'add',
  idleTimeout: 60,
  hardTimeout: 0,
  bufferId: NO_BUFFER,
  outPort: PORT.any,
  outGroup: GROUP.any,
  flags: 0,
} as const;
