import type { Connection } from '#controller/channel/connection';
import { ReconcileError } from './errors.ts';

/** The first fragment of a packet shows its ports and types to flows, later ones are told by `ip_frag` (ovs-ofctl(8), nx-match). */
const NX_MATCH = 3;
/** OFP_DEFAULT_MISS_SEND_LEN (OF 1.3.5, A.3.2): no flow of ours sends packets to the controller. */
const MISS_SEND_SIZE = 128;

/**
 * Lets flows see fragments for what they are (OF 1.3.5, 7.3.2). By default Open vSwitch shows them the ports and types of
 * all fragments as 0, and a guest could hide in fragments from flows that refuse. The switch forgets it with its flows.
 * Rejects with ReconcileError when it does not take it, and as `Connection.request` does.
 */
export async function showFragments(connection: Connection): Promise<void> {
  connection.send({ type: 'setConfig', flags: NX_MATCH, missSendLength: MISS_SEND_SIZE });
  const answer = await connection.request({ type: 'getConfigRequest' });
  if (answer.type === 'getConfigReply' && answer.flags === NX_MATCH) return;
  const is = answer.type === 'getConfigReply' ? `flags ${answer.flags}` : answer.type;
  throw new ReconcileError('RECO_FRAGMENTS', is);
}
