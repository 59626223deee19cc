import { decode } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import { ReconcileError } from './errors.ts';

/** What this controller wants to be to a switch. */
export interface Mastership {
  /** A master writes. A slave only keeps its connection warm; the switch refuses its writes (OF 1.3.5, 6.3.4). */
  readonly role: 'master' | 'slave';
  /** Which term this is: counts up with each change of masters. A switch takes no role of an older one. */
  readonly generation: bigint;
}

/**
 * Takes a role on a switch (OF 1.3.5, 7.3.9). Resolves with undefined once it has it, or with the switch's newer
 * generation when another controller has taken it since ours: then we are its slave, so that the switch itself
 * refuses what we write. Rejects with ReconcileError when the switch does not do roles, and as `Connection.request` does.
 */
export async function takeRole(
  connection: Connection,
  { role, generation }: Mastership,
): Promise<bigint | undefined> {
  if ((await ask(connection, role, generation)) !== 'stale') return undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const newer = await ask(connection, 'noChange', 0n);
    if (newer !== 'stale' && (await ask(connection, 'slave', newer)) !== 'stale') return newer;
  }
  throw new ReconcileError('RECO_ROLE', 'its generation changes faster than it can be asked for');
}

/** Calls `lost` when the switch has made another controller its master (ONF EXT-191). Returns what ends that. */
export function onRoleLost(connection: Connection, lost: () => void): () => void {
  return connection.listen((message) => {
    const status = message.type === OFPT.experimenter ? decode(message.bytes) : undefined;
    if (status?.type !== 'roleStatus') return false;
    if (status.role === 'slave') lost();
    return true;
  });
}

/** The switch's generation as it answers, or that ours is older. */
async function ask(
  connection: Connection,
  role: Mastership['role'] | 'noChange',
  generationId: bigint,
): Promise<bigint | 'stale'> {
  const answer = await connection.request({ type: 'roleRequest', role, generationId });
  if (answer.type === 'roleReply') return answer.generationId;
  const error = answer.type === 'error' ? answer.name : answer.type;
  if (error === 'OFPRRFC_STALE') return 'stale';
  throw new ReconcileError('RECO_ROLE', error);
}

/** Each time, yet another controller came in between. */
const ATTEMPTS = 5;
