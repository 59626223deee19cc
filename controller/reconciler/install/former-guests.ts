import {
  type AnyFact,
  FACT_KINDS,
  type FirewallPort,
  type MemoryNote,
  memoryNoteOf,
  readMemoryNote,
} from '#apps';
import type { Connection } from '#controller/channel/connection';
import type { FactDelta } from '#controller/model/fact-delta';
import { type Flow, type FlowChange, noteOf } from '#pipeline';
import { forget } from '../audit/census.ts';
import { OF_PORTS } from '../reading/learned.ts';

/** What a switch is to forget: a zone of connection tracking, or what was learned for a port, by its key. */
export type Forgotten = { readonly zone: number } | { readonly port: number };

/**
 * Connections that a switch still remembers of guests that are gone, under a zone or port key that another guest has now: the
 * switch has to forget them before the new guest's flows look them up. A new guest is known by its facts or, if it came while
 * the controller was away, by what the switch's own flows note, so it makes no difference when the controller was killed.
 */
export class FormerGuests {
  readonly #zones = new Set<number>();
  readonly #ports = new Set<number>();

  /** Takes in changed facts. */
  add(delta: FactDelta): void {
    this.#take(formerGuestsBy(delta));
  }

  /** Takes in what is to change on a switch that was just read. */
  compare(changes: readonly FlowChange[]): void {
    this.#take(changes.flatMap(formerGuestOf));
  }

  /** Has the switch forget, ahead of what is sent to it after this (NXT_CT_FLUSH_ZONE, OFPFC_DELETE). */
  forget(connection: Pick<Connection, 'send'>): void {
    for (const zone of this.#zones) connection.send({ type: 'ctFlushZone', zone });
    const ports = [...this.#ports].map((lo) => ({ ...OF_PORTS, lo }));
    forget(connection, ports);
    this.#zones.clear();
    this.#ports.clear();
  }

  #take(all: readonly Forgotten[]): void {
    for (const each of all) {
      if ('zone' in each) this.#zones.add(each.zone);
      else this.#ports.add(each.port);
    }
  }
}

/** What is of former guests by changes of facts. */
export function formerGuestsBy({ gone, come }: FactDelta): readonly Forgotten[] {
  const before = new Map(gone.filter(isFirewallPort).map((port) => [port.key, memoryNoteOf(port)]));
  return come
    .filter(isFirewallPort)
    .flatMap((port) => forgottenOf(port.key, before.get(port.key), memoryNoteOf(port)));
}

/** What is of a former guest by the change of a flow. */
function formerGuestOf({ before, after }: FlowChange): readonly Forgotten[] {
  if (after === undefined || !isOfFirewallPort(after)) return [];
  const note = noteIn(after);
  if (note === undefined) return [];
  const was = before && noteIn(before);
  // Written by a version that noted nothing: nobody knows whose connections these are.
  return before && was === undefined ? [] : forgottenOf(after.cookieLo, was, note);
}

/** Flows that a port has learned go with the flows that learned them; only what outlives these has to be forgotten here. */
function forgottenOf(port: number, before: MemoryNote | undefined, after: MemoryNote): readonly Forgotten[] {
  if (before?.zone === after.zone && before.plug === after.plug) return [];
  if (after.zone > 0) return [{ zone: after.zone }];
  return before?.zone === 0 ? [{ port }] : [];
}

function noteIn(flow: Flow): MemoryNote | undefined {
  const bytes = noteOf(flow);
  return bytes && readMemoryNote(bytes);
}

function isOfFirewallPort({ cookieHi }: Flow): boolean {
  return ((cookieHi >>> 8) & 0xff) === FACT_KINDS.firewallPort;
}

function isFirewallPort(fact: AnyFact): fact is FirewallPort {
  return fact.kind === 'firewallPort';
}
