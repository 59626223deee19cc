import { type App, Pipeline } from '#pipeline';
import { broadcastLimit } from './broadcast-limit/app.ts';
import { conntrackFirewall } from './conntrack-firewall/app.ts';
import { denyLog } from './deny-log/app.ts';
import { FACT_KINDS, type Facts } from './facts.ts';
import { guard } from './guard/app.ts';
import { l2Isolation } from './l2-isolation/app.ts';
import { learnFirewall } from './learn-firewall/app.ts';
import { providerNetworks } from './provider-networks/app.ts';
import { respond } from './respond/app.ts';
import { securityGroups } from './security-groups/app.ts';
import { trunkDemux } from './trunk-demux/app.ts';
import { tunnelMesh } from './tunnel-mesh/app.ts';

export {
  type Address,
  type AddressRange,
  type AnyFact,
  type BroadcastLimit,
  type DenyLog,
  type Direction,
  FACT_KINDS,
  type Facts,
  type Firewall,
  type FirewallPort,
  GROUP_USES,
  type GroupUse,
  type LocalPort,
  type Member,
  type Memory,
  type Peer,
  type PhysicalPort,
  type Policy,
  type PolicyRule,
  type RemoteGroup,
  type RemotePort,
  type Segment,
  type Source,
  type TunnelPort,
} from './facts.ts';
export { type MemoryNote, memoryNoteOf, readMemoryNote } from './memory-note.ts';
export { SAMPLE_FACTS } from './sample-facts.ts';
export { groupUses } from './security-groups/group-uses.ts';

/** Every app of the controller. Adding an app is one folder and one line here. */
export const APPS = [
  l2Isolation,
  trunkDemux,
  tunnelMesh,
  providerNetworks,
  guard,
  respond,
  securityGroups,
  learnFirewall,
  conntrackFirewall,
  broadcastLimit,
  denyLog,
] as const;

/** The numbers that apps of others have in cookies; ours are below. */
export const EXTERNAL_APP_NUMBERS = { first: 128, last: 255 } as const;

/**
 * The pipeline of all apps. Apps of others have their turn first in each stage. Throws PipelineError when they don't fit
 * together.
 */
export function edgePipeline(external: readonly App<Facts>[] = []): Pipeline<Facts> {
  return new Pipeline<Facts>([...external, ...APPS], FACT_KINDS);
}
