import { isDeepStrictEqual } from 'node:util';
import type { PortRecord } from '#controller/store/records';
import { claimsRanges, foreignMacs } from './port-addresses.ts';
import { addTo, removeFrom } from './set-map.ts';

/** What the allowed address pairs of ports mean for the other ports of their networks. */
export class Pairs {
  /** Network id → ids of its ports that may claim ranges of addresses. */
  readonly #rangers = new Map<string, Set<string>>();
  /** Network id → port id → MAC addresses that it may send from besides its own. */
  readonly #macs = new Map<string, Map<string, readonly bigint[]>>();

  /** Takes in a port as it is now; returns whether `macsOf` its network may have changed. */
  replace(networkId: string, portId: string, port: PortRecord | undefined): boolean {
    if (port && claimsRanges(port)) addTo(this.#rangers, networkId, portId);
    else removeFrom(this.#rangers, networkId, portId);
    const ofNetwork = this.#macs.get(networkId) ?? new Map<string, readonly bigint[]>();
    const before = ofNetwork.get(portId) ?? [];
    const after = port ? foreignMacs(port) : [];
    if (after.length > 0) this.#macs.set(networkId, ofNetwork.set(portId, after));
    else if (ofNetwork.delete(portId) && ofNetwork.size === 0) this.#macs.delete(networkId);
    return !isDeepStrictEqual(before, after);
  }

  /** Ids of a network's ports that may claim ranges of addresses. */
  rangersOf(networkId: string): ReadonlySet<string> {
    return this.#rangers.get(networkId) ?? NONE;
  }

  /** MAC addresses that ports of a network may have besides their own, ascending. */
  macsOf(networkId: string): readonly bigint[] {
    const ofNetwork = this.#macs.get(networkId);
    if (!ofNetwork) return [];
    return [...new Set([...ofNetwork.values()].flat())].sort((a, b) => (a < b ? -1 : 1));
  }
}

const NONE: ReadonlySet<string> = new Set();
