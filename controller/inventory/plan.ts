import { planBridge, planNewBridge } from './plan-bridge.ts';
import { planManager } from './plan-manager.ts';
import { planTunnels } from './plan-tunnels.ts';
import { planVifs } from './plan-vifs.ts';
import type { Repair, Wanted } from './repair.ts';
import { bridgeNamed, type View } from './view.ts';

/**
 * What to change in a hypervisor's database so that it is as wanted; empty when it is. Pure, and level-triggered: it
 * knows no history, so whatever someone undoes is simply wanted again. Nothing in it makes OVS flush its
 * flows, except the first controller of a bridge that had none, which OVS always answers with a flush.
 */
export function plan(view: View, wanted: Wanted): readonly Repair[] {
  const bridge = bridgeNamed(view, wanted.bridge);
  const manager = planManager(view, wanted);
  // The rest needs the bridge's uuid: it follows when the update with the new bridge comes back.
  if (bridge === undefined) return [...manager, planNewBridge(wanted)];
  return [
    ...manager,
    ...planBridge(view, bridge, wanted),
    ...planTunnels(view, bridge, wanted),
    ...planVifs(view, bridge),
  ];
}
