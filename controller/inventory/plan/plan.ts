import { type Bridge, bridgeNamed, type View } from '../view.ts';
import { planBridge, planNewBridge } from './bridge.ts';
import { planFlowTables } from './flow-tables.ts';
import { planManager } from './manager.ts';
import { planOwnedPort, removeUnwanted } from './owned-ports.ts';
import { wantedPatches } from './patches.ts';
import type { Repair, Wanted } from './repair.ts';
import { wantedTunnels } from './tunnels.ts';
import { planVifs } from './vifs.ts';
import { planVlanLimit } from './vlan-limit.ts';

/**
 * What to change in a hypervisor's database so that it is as wanted; empty when it is. Pure, and level-triggered: it
 * knows no history, so whatever someone undoes is simply wanted again. Nothing in it makes OVS flush its
 * flows, except the first controller of a bridge that had none, which OVS always answers with a flush.
 */
export function plan(view: View, wanted: Wanted): readonly Repair[] {
  const bridge = bridgeNamed(view, wanted.bridge);
  const host = [...planManager(view, wanted), ...planVlanLimit(view)];
  // The rest needs the bridge's uuid: it follows when the update with the new bridge comes back.
  if (bridge === undefined) return [...host, planNewBridge(wanted)];
  return [
    ...host,
    ...planBridge(view, bridge, wanted),
    ...planFlowTables(view, bridge, wanted),
    ...planPorts(view, bridge, wanted),
    ...planVifs(view, bridge),
  ];
}

/** Our own ports: tunnels, and patches to provider bridges. */
function planPorts(view: View, bridge: Bridge, wanted: Wanted): readonly Repair[] {
  const ports = new Map(wantedPatches(view, bridge, wanted));
  ports.set(bridge, [...wantedTunnels(wanted), ...(ports.get(bridge) ?? [])]);
  const unwanted = removeUnwanted(view, ports);
  // A port that is still on another bridge stands in the way of its successor: that follows when it is gone.
  if (unwanted.length > 0) return unwanted;
  return [...ports].flatMap(([owner, wants]) => wants.flatMap((port) => planOwnedPort(view, owner, port)));
}
