import type { Connection } from '#controller/channel/connection';
import { ReconcileError } from '../errors.ts';

/** The first fragment of a packet shows its ports and types to flows, later ones are told by `ip_frag` (ovs-ofctl(8), nx-match). */
const NX_MATCH = 3;
/** OFP_DEFAULT_MISS_SEND_LEN (OF 1.3.5, A.3.2): no flow of ours sends packets to the controller. */
const MISS_SEND_SIZE = 128;

/**
 * Has the switch show flows the ports and types in a packet's first fragment (OF 1.3.5, 7.3.2). By default Open vSwitch shows
 * them 0 for all fragments, and a guest could use fragments to get past flows that drop. A switch that loses its flows loses
 * this setting, too. Rejects with ReconcileError when the switch refuses, and as `Connection.request` does.
 */
export async function showFragments(connection: Connection): Promise<void> {
  connection.send({ type: 'setConfig', flags: NX_MATCH, missSendLength: MISS_SEND_SIZE });
  const is = await configOf(connection);
  if (is !== undefined) throw new ReconcileError('RECO_FRAGMENTS', is);
}

/** Whether flows see fragments still: any hand may change that (`ovs-ofctl set-frags`). Rejects as `Connection.request` does. */
export async function fragmentsAreShown(connection: Connection): Promise<boolean> {
  return (await configOf(connection)) === undefined;
}

/** What the switch does with fragments instead; undefined when it shows them. */
async function configOf(connection: Connection): Promise<string | undefined> {
  const answer = await connection.request({ type: 'getConfigRequest' });
  if (answer.type !== 'getConfigReply') return answer.type;
  return answer.flags === NX_MATCH ? undefined : `flags ${answer.flags}`;
}
