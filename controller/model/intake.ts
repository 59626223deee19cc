import { isDeepStrictEqual } from 'node:util';
import type {
  ChassisRecord,
  NetworkRecord,
  PortRecord,
  TrunkRecord,
  VifRecord,
} from '#controller/store/records';
import { TUNNEL_TYPES } from '#controller/store/records';
import type { Change } from '#controller/store/store';
import type { MeterRate } from '#pipeline';
import { Firewall } from './firewall/firewall.ts';
import type { FirewallSettings } from './firewall/firewall-settings.ts';
import { Marker } from './marker.ts';
import { type Marks, NO_MARKS } from './marks.ts';
import { Pairs } from './pairs.ts';
import { chassisOf, Placement } from './placement.ts';
import { Recovering } from './recovering.ts';
import { Trunks } from './trunks.ts';
import {
  fabricOf,
  GUARD_FIELDS,
  MEMBER_FIELDS,
  NETWORK_FIELDS,
  PLACE_FIELDS,
  PORT_FIELDS,
} from './watched-fields.ts';
import type { World } from './world.ts';

/** A port that is at home on another hypervisor than before, or was plugged anew there while nobody looked. */
export interface Arrival {
  readonly portId: string;
  readonly chassisId: string;
}

/** Takes changes of intent and inventory into what facts are derived from, and marks the facts that they may touch. */
export class Intake {
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #ports = new Map<string, PortRecord>();
  readonly #chassis = new Map<string, ChassisRecord>();
  readonly #vifs = new Map<string, VifRecord>();
  readonly #pairs = new Pairs();
  readonly #trunks = new Trunks();
  readonly #placement = new Placement();
  readonly #firewall = new Firewall({
    add: (chassisId, ref) => this.#marker.add(chassisId, ref),
    sweep: (chassisId, sweep) => this.#marker.sweep(chassisId, sweep),
  });
  readonly #recovering = new Recovering();
  /** Port id → its last home, while the port exists. */
  readonly #lastHomes = new Map<string, string>();
  readonly #arrivals: Arrival[] = [];
  readonly #marks: Marks;
  readonly #marker: Marker;
  readonly world: World;
  #isTrial = false;

  constructor(marks: Marks, firewallSettings?: FirewallSettings, broadcastLimit?: MeterRate) {
    this.world = {
      networks: this.#networks,
      ports: this.#ports,
      chassis: this.#chassis,
      vifs: this.#vifs,
      trunks: this.#trunks,
      placement: this.#placement,
      pairs: this.#pairs,
      firewall: this.#firewall,
      firewallSettings,
      broadcastLimit,
      recovering: this.#recovering,
    };
    this.#marks = marks;
    this.#marker = new Marker(marks, this.world);
  }

  /** Ports that have come, as an Arrival says, since this was last asked. */
  takeArrivals(): readonly Arrival[] {
    return this.#arrivals.splice(0);
  }

  /** Who is elsewhere than where it was ACTIVE last has come, though nobody told. */
  recallHomes(ports: readonly PortRecord[]): void {
    this.#arrivals.length = 0;
    for (const { id: portId, lastHome } of ports) {
      const home = this.#placement.home(portId);
      if (lastHome === undefined || home === lastHome) continue;
      if (home === undefined) this.#lastHomes.set(portId, lastHome);
      else this.#arrivals.push({ portId, chassisId: home });
    }
  }

  /** Ids of the ports that use an interface of this chassis, at home there or not: those it has VIFs for, and their subports. */
  claimedBy(chassisId: string): ReadonlySet<string> {
    const plugged = [...this.#placement.claimedBy(chassisId)];
    return new Set(plugged.flatMap((id) => this.usersOf(id)));
  }

  /** Ids of the ports that may use a port's interface: its own and those of its subports. */
  usersOf(portId: string): readonly string[] {
    return [portId, ...this.#trunks.subPortsOf(portId)];
  }

  /** Takes one change in. Some marks are only made by `settle`. */
  take(change: Change): void {
    switch (change.collection) {
      case 'networks':
        this.#network(change.id, change.after);
        break;
      case 'securityGroups':
        this.#firewall.group(change.id, change.after);
        break;
      case 'securityGroupRules':
        this.#firewall.rule(change.id, change.after);
        break;
      case 'policies':
        this.#firewall.policy(change.id, change.after);
        break;
      case 'ports':
        this.#port(change.id, change.after);
        break;
      case 'trunks':
        this.#trunk(change.id, change.after);
        break;
      case 'chassis':
        this.#chassisRow(change.id, change.after);
        break;
      case 'vifs':
        this.#vif(change.id, change.after);
        break;
    }
  }

  /** Marks what follows from all changes together; to be called before facts are derived. */
  settle(): void {
    this.#firewall.settle();
  }

  /** The connections of a switch are forgotten, or those of a port that came to it; or that is long enough ago. */
  setRecovering(chassisId: string, portId: string | undefined, isRecovering: boolean): void {
    if (portId === undefined) {
      this.#recovering.setSwitch(chassisId, isRecovering);
      this.#marker.add(chassisId, { kind: 'firewall' });
    } else {
      this.#recovering.setPort(portId, chassisId, isRecovering);
      this.#marker.add(chassisId, { kind: 'firewallPort', port: portId });
    }
  }

  /** Runs `work` as if the changes had been taken in, and takes them back; what they touch is marked in `marks` instead. */
  during(changes: readonly Change[], marks: Marks, work: () => void): void {
    // What was taken in before is no part of it.
    this.settle();
    this.#isTrial = true;
    this.#marker.marks = marks;
    const back: Change[] = [];
    try {
      for (const change of changes) {
        back.push(this.#back(change));
        this.take(change);
      }
      this.settle();
      work();
    } finally {
      this.#marker.marks = NO_MARKS;
      for (const change of back.reverse()) this.take(change);
      this.settle();
      this.#marker.marks = this.#marks;
      this.#isTrial = false;
    }
  }

  /** The change after which all is as it is now: by what this model knows, which may be less than is committed. */
  #back({ collection, id }: Change): Change {
    const before = this.#record(collection, id);
    return { collection, id, ...(before && { after: before }) } as Change;
  }

  #record(collection: Change['collection'], id: string): object | undefined {
    switch (collection) {
      case 'networks':
        return this.#networks.get(id);
      case 'securityGroups':
        return this.#firewall.policies.group(id);
      case 'securityGroupRules':
        return this.#firewall.policies.rule(id);
      case 'policies':
        return this.#firewall.policies.policy(id);
      case 'ports':
        return this.#ports.get(id);
      case 'trunks':
        return this.#trunks.trunk(id);
      case 'chassis':
        return this.#chassis.get(id);
      case 'vifs':
        return this.#vifs.get(id);
      default:
        return undefined;
    }
  }

  #network(id: string, after: NetworkRecord | undefined): void {
    const before = this.#networks.get(id);
    replace(this.#networks, id, after);
    if (before && after && NETWORK_FIELDS.every((field) => before[field] === after[field])) return;
    const hosts = this.#placement.hosts(id);
    for (const host of hosts.keys()) this.#marker.networkAt(host, id);
    if (before?.type === after?.type) return;
    for (const type of [before?.type, after?.type])
      for (const host of hosts.keys()) this.#marker.peers(type, host, hosts.keys());
  }

  #port(id: string, after: PortRecord | undefined): void {
    const before = this.#ports.get(id);
    replace(this.#ports, id, after);
    const networkId = (after ?? before)?.networkId;
    if (networkId === undefined) return;
    if (!MEMBER_FIELDS.every((field) => isDeepStrictEqual(before?.[field], after?.[field])))
      this.#firewall.port(id, after);
    if (!GUARD_FIELDS.every((field) => isDeepStrictEqual(before?.[field], after?.[field])))
      this.#firewall.wired(id, after, this.#placement.chassisOf(id));
    if (before && after && PORT_FIELDS.every((field) => isDeepStrictEqual(before[field], after[field])))
      return;
    const wasRanger = this.#pairs.rangersOf(networkId).has(id);
    const areMacsNew = this.#pairs.replace(networkId, id, after);
    this.#place(networkId, id, wasRanger);
    if (areMacsNew)
      for (const host of this.#placement.hosts(networkId).keys())
        this.#marker.add(host, { kind: 'segment', network: networkId });
    if (PLACE_FIELDS.every((field) => isDeepStrictEqual(before?.[field], after?.[field]))) return;
    for (const portId of this.#trunks.subPortsOf(id)) this.#placeAnew(portId);
  }

  #trunk(id: string, after: TrunkRecord | undefined): void {
    const before = this.#trunks.trunk(id);
    for (const portId of this.#trunks.replace(id, after)) this.#placeAnew(portId);
    if (before?.subPorts === after?.subPorts && before?.portId === after?.portId) return;
    // A network that carries tags is to leave those of the subports alone.
    for (const port of new Set([before?.portId, after?.portId]))
      if (port !== undefined)
        for (const end of this.#placement.chassisOf(port)) this.#marker.add(end, { kind: 'localPort', port });
  }

  #chassisRow(id: string, after: ChassisRecord | undefined): void {
    const before = this.#chassis.get(id);
    replace(this.#chassis, id, after);
    if (before?.firewall !== after?.firewall) this.#marker.firewall(id, this.claimedBy(id));
    // Ports may be bound to the hostname, and only a chassis that is there can be a home.
    if (before?.hostname !== after?.hostname) {
      for (const portId of this.claimedBy(id)) this.#placeAnew(portId);
    }
    if (before && after && isDeepStrictEqual(fabricOf(before), fabricOf(after))) {
      // Its addresses stand in one fact on each other host, whatever number of ports it has.
      if (!isDeepStrictEqual(before.encapIps, after.encapIps))
        for (const networkId of this.#placement.networksAt(id))
          this.#marker.peers(
            this.#networks.get(networkId)?.type,
            id,
            this.#placement.hosts(networkId).keys(),
          );
      return;
    }
    for (const type of TUNNEL_TYPES) this.#marker.add(id, { kind: 'tunnelPort', type });
    for (const { name } of [...(before?.physicalNetworks ?? []), ...(after?.physicalNetworks ?? [])])
      this.#marker.add(id, { kind: 'physicalPort', name });
    for (const networkId of this.#placement.networksAt(id))
      this.#marker.host(networkId, id, new Set(this.#placement.hosts(networkId).keys()));
  }

  #vif(id: string, after: VifRecord | undefined): void {
    const before = this.#vifs.get(id);
    replace(this.#vifs, id, after);
    const vif = after ?? before;
    if (!vif) return;
    if (after) this.#placement.claim(after.portId, after.chassisId, after.claim);
    else this.#placement.unclaim(vif.portId, vif.chassisId);
    if (before?.ofport === after?.ofport && before?.claim === after?.claim) return;
    const users = this.usersOf(vif.portId);
    const isAnew = before && after && before.claim !== after.claim;
    const stayed = isAnew ? users.filter((portId) => this.#lastHomes.get(portId) === vif.chassisId) : [];
    for (const portId of users) this.#placeAnew(portId);
    if (this.#isTrial) return;
    for (const portId of stayed)
      if (this.#placement.home(portId) === vif.chassisId)
        this.#arrivals.push({ portId, chassisId: vif.chassisId });
  }

  #placeAnew(portId: string): void {
    const networkId = this.#ports.get(portId)?.networkId;
    if (networkId !== undefined) this.#place(networkId, portId);
  }

  /** Decides where a port is and marks all that this touches; `wasRanger` when it could claim ranges of addresses. */
  #place(networkId: string, portId: string, wasRanger = false): void {
    const carrier = this.#ports.has(portId) ? this.#trunks.carrierOf(portId) : undefined;
    const plugged = carrier && this.#ports.get(carrier.portId);
    const isTaken = !this.#ports.get(portId)?.isBindingRefused && !plugged?.isBindingRefused;
    const { before, after, turned } = this.#placement.settle(
      networkId,
      portId,
      isTaken ? plugged : undefined,
      this.#chassis,
    );
    this.#noteHome(portId, after.home);
    const ends = new Set([...chassisOf(before), ...chassisOf(after)]);
    this.#firewall.wired(portId, this.#ports.get(portId), chassisOf(after));
    // No switch knows of a port that is nowhere, as before.
    if (ends.size === 0) return;
    const there = this.#placement.hosts(networkId);
    this.#marker.port(portId, there);
    this.#marker.port(portId, turned);
    for (const end of ends) this.#marker.wired(portId, end);
    const isRanger = this.#pairs.rangersOf(networkId).has(portId);
    for (const end of ends) {
      // All others of the network are to be kept from it there, or need it no more.
      if (isRanger || wasRanger) this.#marker.networkAt(end, networkId);
      if (turned.has(end)) this.#marker.host(networkId, end, new Set([...there.keys(), ...turned]));
      else this.#marker.add(end, { kind: 'segment', network: networkId });
    }
  }

  /** Who leaves a home before it has another is still one that came from there. */
  #noteHome(portId: string, home: string | undefined): void {
    if (this.#isTrial) return;
    if (!this.#ports.has(portId)) this.#lastHomes.delete(portId);
    else if (home !== undefined) {
      const last = this.#lastHomes.get(portId);
      if (last !== undefined && last !== home) this.#arrivals.push({ portId, chassisId: home });
      this.#lastHomes.set(portId, home);
    }
  }
}

function replace<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
