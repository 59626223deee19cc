import { type Bridge, bridgeNamed, type View } from '../view.ts';
import type { WantedPort } from './owned-ports.ts';
import type { Wanted } from './repair.ts';

/** Names of the two ends of the patch between our bridge and a provider bridge, as Neutron's agent names them. */
export function patchNames(providerBridge: string): { readonly ours: string; readonly theirs: string } {
  return { ours: `int-${providerBridge}`, theirs: `phy-${providerBridge}` };
}

/**
 * The pair of patch ports to each provider bridge that `tenantflow-bridge-mappings` names and that exists. The bridge
 * itself is the operator's: nothing of it is touched but our port.
 */
export function wantedPatches(
  view: View,
  bridge: Bridge,
  { bridgeMappings }: Wanted,
): ReadonlyMap<Bridge, readonly WantedPort[]> {
  const wanted = new Map<Bridge, readonly WantedPort[]>();
  const ours: WantedPort[] = [];
  for (const name of bridgeMappings.values()) {
    const provider = bridgeNamed(view, name);
    if (provider === undefined || provider === bridge) continue;
    const names = patchNames(name);
    ours.push({ ...patch(names.ours, names.theirs), ofport: ofportRequest(name) });
    wanted.set(provider, [patch(names.theirs, names.ours)]);
  }
  return wanted.set(bridge, ours);
}

/** What keeps a physical network from being reached, for people; undefined when nothing does. */
export function patchProblem(
  view: View,
  { bridge: name, bridgeMappings }: Pick<Wanted, 'bridge' | 'bridgeMappings'>,
): string | undefined {
  const bridge = bridgeNamed(view, name);
  for (const [network, providerName] of bridgeMappings) {
    const mapping = `external_ids:tenantflow-bridge-mappings has ${network}:${providerName}`;
    if (providerName === name) return `${mapping}, but ${name} is our own bridge`;
    const provider = bridgeNamed(view, providerName);
    if (provider === undefined) return `${mapping}, but there is no bridge ${providerName}`;
    if (bridge !== undefined && datapath(provider) !== datapath(bridge)) {
      return `${mapping}, but ${providerName} is of datapath type ${datapath(provider)} and ${name} of ${datapath(bridge)}: no patch joins the two`;
    }
  }
  return undefined;
}

function patch(name: string, peer: string): WantedPort {
  return { name, type: 'patch', options: new Map([['peer', peer]]) };
}

function datapath(bridge: Bridge): string {
  return bridge.datapath_type || 'system';
}

/** One number for each name, most likely not another's (FNV-1a), so that a patch made anew changes no flow. */
function ofportRequest(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return 65_010 + (hash % 240);
}
