import type { AnyFact, FirewallPort, Memory } from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { FactDelta } from '#controller/model/fact-delta';

/**
 * Zones of connection tracking that ports come to use. Whatever a zone remembers is of a port that was there before, maybe of
 * somebody else, so that it is forgotten before the port's flows look it up. What a controller finds at its start
 * is no news to it: these connections are left alone.
 */
export class FreshZones {
  readonly #zones = new Set<number>();

  /** Takes in changed facts. */
  add(delta: FactDelta): void {
    for (const zone of zonesThatCome(delta)) this.#zones.add(zone);
  }

  /** Has the switch forget what they remember (NXT_CT_FLUSH_ZONE), ahead of what is sent to it after this. */
  forget(connection: Connection): void {
    for (const zone of this.#zones) connection.send({ type: 'ctFlushZone', zone });
    this.#zones.clear();
  }
}

/** Zones that ports have by these changes, and had not before. */
export function zonesThatCome({ gone, come }: FactDelta): readonly number[] {
  const before = new Set(gone.filter(isTracked).map(useOf));
  const fresh = come.filter(isTracked).filter((port) => !before.has(useOf(port)));
  return fresh.map(({ memory }) => memory.zone);
}

function isTracked(fact: AnyFact): fact is TrackedPort {
  return fact.kind === 'firewallPort' && fact.memory.backend === 'conntrack';
}

/** Which port has which zone, as text. */
function useOf({ key, memory }: TrackedPort): string {
  return `${key} ${memory.zone}`;
}

type TrackedPort = FirewallPort & { readonly memory: Extract<Memory, { readonly backend: 'conntrack' }> };
