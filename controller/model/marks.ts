import type { NetworkRecord } from '#controller/store/records';
import { TUNNEL_TYPES } from '#controller/store/records';
import { tunnelTypeOf } from './derive.ts';
import { type FactRef, refKey } from './fact-ref.ts';
import type { World } from './world.ts';

/** Where marks go: which facts of which switches may differ. */
export interface Marks {
  /** Whether marks of this switch are taken; if not, whoever would make many need not begin. */
  wants(chassisId: string): boolean;
  /** The switches among these whose marks are taken. */
  among(chassis: Members): Iterable<string>;
  add(chassisId: string, ref: FactRef): void;
}

/** Ids, as a set has them or the keys of a map. */
type Members = Pick<ReadonlySet<string>, 'has' | 'keys'>;

/** Marks of all switches, or of some only. */
export class MarkedFacts implements Marks {
  readonly #only: ReadonlySet<string> | undefined;
  #marks = new Map<string, Map<string, FactRef>>();

  constructor(only?: ReadonlySet<string>) {
    this.#only = only;
  }

  wants(chassisId: string): boolean {
    return this.#only?.has(chassisId) ?? true;
  }

  *among(chassis: Members): Iterable<string> {
    if (this.#only === undefined) yield* chassis.keys();
    else for (const id of this.#only) if (chassis.has(id)) yield id;
  }

  add(chassisId: string, ref: FactRef): void {
    if (!this.wants(chassisId)) return;
    const marks = this.#marks.get(chassisId) ?? new Map<string, FactRef>();
    this.#marks.set(chassisId, marks.set(refKey(ref), ref));
  }

  /** All marks by switch and key of the reference; afterwards there are none. */
  take(): ReadonlyMap<string, ReadonlyMap<string, FactRef>> {
    const marks = this.#marks;
    this.#marks = new Map();
    return marks;
  }
}

/** Which switches any mark is of, and nothing more. */
export class MarkedSwitches implements Marks {
  readonly ids = new Set<string>();

  wants(chassisId: string): boolean {
    this.ids.add(chassisId);
    return false;
  }

  among(chassis: Members): Iterable<string> {
    for (const id of chassis.keys()) this.ids.add(id);
    return [];
  }

  add(chassisId: string): void {
    this.ids.add(chassisId);
  }
}

/** Takes none. */
export const NO_MARKS: Marks = { wants: () => false, among: () => [], add: () => undefined };

const PORT_KINDS = ['localPort', 'remotePort', 'firewallPort', 'broadcastLimit'] as const;

/** Marks what follows from a change of one thing for the facts of others. */
export class Marker {
  /** Where the marks go. */
  marks: Marks;
  readonly #world: World;
  readonly #portsOf: ReadonlyMap<string, ReadonlySet<string>>;

  /** `portsOf`: network id → ids of its ports. */
  constructor(marks: Marks, world: World, portsOf: ReadonlyMap<string, ReadonlySet<string>>) {
    this.marks = marks;
    this.#world = world;
    this.#portsOf = portsOf;
  }

  mark(chassisId: string, ref: FactRef): void {
    this.marks.add(chassisId, ref);
  }

  port(port: string, chassis: Members): void {
    for (const id of this.marks.among(chassis))
      for (const kind of PORT_KINDS) this.marks.add(id, { kind, port });
  }

  /** Everything that a chassis may know of a network. */
  networkAt(chassisId: string, networkId: string, typeBefore: NetworkRecord['type'] | undefined): void {
    if (!this.marks.wants(chassisId)) return;
    this.mark(chassisId, { kind: 'segment', network: networkId });
    for (const port of this.#portsOf.get(networkId) ?? [])
      for (const kind of PORT_KINDS) this.marks.add(chassisId, { kind, port });
    const types = [typeBefore, this.#world.networks.get(networkId)?.type];
    for (const host of this.#world.placement.hosts(networkId).keys()) {
      for (const type of types) {
        const tunnel = type && tunnelTypeOf(type);
        if (tunnel && host !== chassisId) this.mark(chassisId, { kind: 'peer', chassis: host, type: tunnel });
      }
    }
  }

  /** A chassis began or ceased to host a network, or others reach it otherwise: both sides. */
  host(networkId: string, chassisId: string, hosts: ReadonlySet<string>): void {
    this.networkAt(chassisId, networkId, undefined);
    this.peers(chassisId, hosts);
    for (const other of this.marks.among(hosts)) {
      if (other === chassisId) continue;
      this.mark(other, { kind: 'segment', network: networkId });
      for (const port of this.#world.placement.hosts(networkId).get(chassisId) ?? [])
        this.mark(other, { kind: 'remotePort', port });
    }
  }

  /** A chassis as a peer of all others that host a network with it, and them as its peers. */
  peers(chassisId: string, hosts: Iterable<string>): void {
    for (const other of hosts) {
      if (other === chassisId) continue;
      for (const type of TUNNEL_TYPES) {
        this.mark(other, { kind: 'peer', chassis: chassisId, type });
        this.mark(chassisId, { kind: 'peer', chassis: other, type });
      }
    }
  }

  /** What says how a chassis remembers connections, `ports` being those that use its interfaces. */
  firewall(chassisId: string, ports: Iterable<string>): void {
    if (!this.marks.wants(chassisId)) return;
    this.mark(chassisId, { kind: 'firewall' });
    for (const port of ports) this.mark(chassisId, { kind: 'firewallPort', port });
  }
}
