import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import type { Flow } from '#pipeline';

/** An ofp_flow_stats (OF 1.3.5, 7.3.5.2); timeouts in seconds. */
export function statsOf(flow: Flow, { idleTimeout = 0, hardTimeout = 0, flags = 0 } = {}): Buffer {
  const head = Buffer.alloc(48);
  const entry = Buffer.concat([head, flow.match, flow.instructions]);
  entry.writeUInt16BE(entry.length, 0);
  entry.writeUInt8(flow.tableId, 2);
  entry.writeUInt16BE(flow.priority, 12);
  entry.writeUInt16BE(idleTimeout, 14);
  entry.writeUInt16BE(hardTimeout, 16);
  entry.writeUInt16BE(flags, 18);
  entry.writeUInt32BE(flow.cookieHi, 24);
  entry.writeUInt32BE(flow.cookieLo, 28);
  return entry;
}

/** A switch that has these flows. */
export function switchWith(...entries: readonly Uint8Array[]): Connection {
  const body = Buffer.concat([
    Buffer.from('0413000000000001', 'hex'),
    Buffer.from('0001000000000000', 'hex'),
  ]);
  const bytes = Buffer.concat([body, ...entries]);
  const exchange: Connection['exchange'] = (_request, take) => {
    take({ version: 4, type: OFPT.multipartReply, xid: 1, bytes });
    return Promise.resolve();
  };
  return { exchange } as Connection;
}
