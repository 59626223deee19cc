import type { NetworkRecord } from '#controller/store/records';
import type { FactRef } from './fact-ref.ts';
import type { Marks, Members } from './marks.ts';
import { type Sweep, WIRED_KINDS } from './sweeps.ts';
import { tunnelTypeOf } from './tunnel-ends.ts';
import type { World } from './world.ts';

/** Marks what follows from a change of one thing for the facts of others. */
export class Marker {
  /** Where the marks go. */
  marks: Marks;
  readonly #world: World;

  constructor(marks: Marks, world: World) {
    this.marks = marks;
    this.#world = world;
  }

  add(chassisId: string, ref: FactRef): void {
    this.marks.add(chassisId, ref);
  }

  sweep(chassisId: string, sweep: Sweep): void {
    this.marks.sweep(chassisId, sweep);
  }

  /** A port, for those that are elsewhere. */
  port(port: string, chassis: Members): void {
    const ref = { kind: 'remotePort', port } as const;
    for (const id of this.marks.among(chassis)) this.marks.add(id, ref);
  }

  /** A port where it is wired, or was. */
  wired(port: string, chassisId: string): void {
    for (const kind of WIRED_KINDS) this.marks.add(chassisId, { kind, port });
  }

  /** What a chassis may know of a network, but for peers. */
  networkAt(chassisId: string, network: string): void {
    this.sweep(chassisId, { kind: 'network', network });
  }

  /** A chassis began or ceased to host a network, or others reach it otherwise: both sides. */
  host(network: string, chassisId: string, hosts: ReadonlySet<string>): void {
    this.networkAt(chassisId, network);
    this.peers(this.#world.networks.get(network)?.type, chassisId, hosts);
    const ports = this.#world.placement.hosts(network).get(chassisId) ?? [];
    const refs: readonly FactRef[] = [
      { kind: 'segment', network },
      ...[...ports].map((port) => ({ kind: 'remotePort', port }) as const),
    ];
    for (const other of this.marks.among(hosts))
      if (other !== chassisId) for (const ref of refs) this.add(other, ref);
  }

  /** A chassis as a peer of all others that host a network of this type with it, and them as its peers. */
  peers(networkType: NetworkRecord['type'] | undefined, chassisId: string, hosts: Iterable<string>): void {
    const type = networkType && tunnelTypeOf(networkType);
    if (!type) return;
    const ref = { kind: 'peer', chassis: chassisId, type } as const;
    for (const other of hosts) {
      if (other === chassisId) continue;
      this.add(other, ref);
      this.add(chassisId, { kind: 'peer', chassis: other, type });
    }
  }

  /** What says how a chassis remembers connections, `ports` being those that use its interfaces. */
  firewall(chassisId: string, ports: Iterable<string>): void {
    if (!this.marks.wants(chassisId)) return;
    this.add(chassisId, { kind: 'firewall' });
    for (const port of ports) this.add(chassisId, { kind: 'firewallPort', port });
  }
}
