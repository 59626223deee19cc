import { decode, FLOW_MONITOR_FLAG, isAbbreviatedUpdate } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import type { Layout } from '#pipeline';

const ANY_PORT = 0xffffffff;
const { add, delete: gone, modify } = FLOW_MONITOR_FLAG;

/**
 * Asks a switch to tell when somebody else changes flows (ovs-ofctl(8), monitor watch:), and calls `changed` when it does, for as long as the connection lasts; while `isKnown`, what it tells is not even read. Resolves
 * with false when the switch does not do that. Rejects as `Connection.request` does.
 */
export async function watchFlows(
  connection: Connection,
  { tables }: Layout,
  { changed, isKnown }: { readonly changed: () => void; readonly isKnown: () => boolean },
): Promise<boolean> {
  connection.listen((message) => {
    // What is told of monitors answers no request: its xid is 0.
    if (message.type !== OFPT.multipartReply || message.xid !== 0) return false;
    // Our own changes come abbreviated.
    if (isKnown() || isAbbreviatedUpdate(message.bytes)) return true;
    const told = decode(message.bytes);
    if (told.type !== 'multipartReply' || told.part !== 'flowMonitor') return false;
    if (told.body.some(({ event }) => event !== 'abbreviated')) changed();
    return true;
  });
  // What flows learn is in the tables aside, and would be told one by one.
  const watched = tables.filter(({ table }) => table.stage !== 'aside');
  const answer = await connection.request({
    type: 'multipartRequest',
    part: 'flowMonitor',
    more: false,
    body: watched.map(({ id: tableId }) => ({
      // Of one connection, no two may be the same: Open vSwitch refuses that in a message of OpenFlow 1.0.
      id: connection.nextXid(),
      flags: add | gone | modify,
      outPort: ANY_PORT,
      tableId,
      match: [],
    })),
  });
  return answer.type === 'multipartReply';
}
