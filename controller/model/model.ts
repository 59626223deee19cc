import { isDeepStrictEqual } from 'node:util';
import type { AnyFact } from '#apps';
import {
  type ChassisRecord,
  type NetworkRecord,
  type PortRecord,
  type TrunkRecord,
  TUNNEL_TYPES,
  type VifRecord,
} from '#controller/store/records';
import type { Change, StoreView } from '#controller/store/store';
import type { MeterRate } from '#pipeline';
import { derive } from './derive.ts';
import type { FactDelta, SwitchDelta } from './fact-delta.ts';
import { refKey } from './fact-ref.ts';
import { Firewall } from './firewall.ts';
import type { FirewallSettings } from './firewall-settings.ts';
import { MarkedFacts, Marker, type Marks, NO_MARKS } from './marks.ts';
import { Pairs } from './pairs.ts';
import { chassisOf, Placement } from './placement.ts';
import { previewOf } from './preview.ts';
import { Recovering } from './recovering.ts';
import { addTo, removeFrom } from './set-map.ts';
import { SharedFacts } from './shared-facts.ts';
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

/**
 * Keeps each switch's set of facts up to date from changes of intent and inventory. A change marks
 * the facts it may touch; those alone are derived again. Synchronous and pure but for its own memory.
 */
export class Model {
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #ports = new Map<string, PortRecord>();
  readonly #chassis = new Map<string, ChassisRecord>();
  readonly #vifs = new Map<string, VifRecord>();
  readonly #portsOf = new Map<string, Set<string>>();
  readonly #pairs = new Pairs();
  readonly #trunks = new Trunks();
  readonly #placement = new Placement();
  readonly #firewall = new Firewall((chassisId, ref) => this.#marker.mark(chassisId, ref));
  readonly #recovering = new Recovering();
  readonly #world: World;
  /** Port id → its last home, while the port exists. */
  readonly #lastHomes = new Map<string, string>();
  readonly #arrivals: Arrival[] = [];
  readonly #facts = new Map<string, Map<string, AnyFact>>();
  readonly #shared = new SharedFacts();
  readonly #marks = new MarkedFacts();
  readonly #marker: Marker;
  #isTrial = false;

  constructor(firewallSettings?: FirewallSettings, broadcastLimit?: MeterRate) {
    this.#world = {
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
    this.#marker = new Marker(this.#marks, this.#world, this.#portsOf);
  }

  /** The model of everything in the store. */
  static of(view: StoreView, firewallSettings?: FirewallSettings, broadcastLimit?: MeterRate): Model {
    const model = new Model(firewallSettings, broadcastLimit);
    model.apply(COLLECTIONS.flatMap((collection) => creations(view, collection)));
    model.#recallHomes(view.list('ports'));
    return model;
  }

  /** Ports that have come, as an Arrival says, since this was last asked. */
  takeArrivals(): readonly Arrival[] {
    return this.#arrivals.splice(0);
  }

  /** The facts that hold on a switch now. */
  facts(chassisId: string): Iterable<AnyFact> {
    return this.#facts.get(chassisId)?.values() ?? [];
  }

  /** The chassis that a port is plugged into, if any; a subport is where its trunk's parent is. */
  homeOf(portId: string): string | undefined {
    return this.#placement.home(portId);
  }

  /** All chassis where a network is present. */
  hostsOf(networkId: string): Iterable<string> {
    return this.#placement.hosts(networkId).keys();
  }

  isHost(networkId: string, chassisId: string): boolean {
    return this.#placement.hosts(networkId).has(chassisId);
  }

  networksAt(chassisId: string): ReadonlySet<string> {
    return this.#placement.networksAt(chassisId);
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

  /** Takes in one commit's changes; returns the switches whose facts changed by it. */
  apply(changes: readonly Change[]): Map<string, FactDelta> {
    for (const change of changes) this.#take(change);
    return this.#deriveMarked();
  }

  /** What `apply` would return, without taking the changes in, in pieces: see `previewOf`. */
  preview(changes: () => readonly Change[]): Generator<SwitchDelta | undefined, void> {
    return previewOf(
      {
        during: (taken, marks, work) => this.#during(taken, marks, work),
        both: (chassisId, ref) => {
          const chassis = this.#chassis.get(chassisId);
          return {
            before: this.#facts.get(chassisId)?.get(refKey(ref)),
            after: chassis && derive(this.#world, chassis, ref),
          };
        },
      },
      changes,
    );
  }

  /** The connections of a switch are forgotten, or those of a port that came to it; or that is long enough ago. */
  setRecovering(
    chassisId: string,
    portId: string | undefined,
    isRecovering: boolean,
  ): Map<string, FactDelta> {
    if (portId === undefined) {
      this.#recovering.setSwitch(chassisId, isRecovering);
      this.#marker.mark(chassisId, { kind: 'firewall' });
    } else {
      this.#recovering.setPort(portId, chassisId, isRecovering);
      this.#marker.mark(chassisId, { kind: 'firewallPort', port: portId });
    }
    return this.#deriveMarked();
  }

  #take(change: Change): void {
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

  /** The facts stay those that hold: taking the changes back makes them follow from the rest again. */
  #during(changes: readonly Change[], marks: Marks, work: () => void): void {
    this.#isTrial = true;
    this.#marker.marks = marks;
    const back: Change[] = [];
    try {
      for (const change of changes) {
        back.push(this.#back(change));
        this.#take(change);
      }
      this.#firewall.settle();
      work();
    } finally {
      this.#marker.marks = NO_MARKS;
      for (const change of back.reverse()) this.#take(change);
      this.#firewall.settle();
      this.#marker.marks = this.#marks;
      this.#isTrial = false;
    }
  }

  #network(id: string, after: NetworkRecord | undefined): void {
    const before = this.#networks.get(id);
    replace(this.#networks, id, after);
    if (before && after && NETWORK_FIELDS.every((field) => before[field] === after[field])) return;
    for (const host of this.#placement.hosts(id).keys()) this.#marker.networkAt(host, id, before?.type);
  }

  #port(id: string, after: PortRecord | undefined): void {
    const before = this.#ports.get(id);
    replace(this.#ports, id, after);
    const networkId = (after ?? before)?.networkId;
    if (networkId === undefined) return;
    if (after) addTo(this.#portsOf, networkId, id);
    else removeFrom(this.#portsOf, networkId, id);
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
        this.#marker.mark(host, { kind: 'segment', network: networkId });
    if (PLACE_FIELDS.every((field) => isDeepStrictEqual(before?.[field], after?.[field]))) return;
    for (const portId of this.#trunks.subPortsOf(id)) this.#placeAnew(portId);
  }

  #trunk(id: string, after: TrunkRecord | undefined): void {
    for (const portId of this.#trunks.replace(id, after)) this.#placeAnew(portId);
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
          this.#marker.peers(id, this.#placement.hosts(networkId).keys());
      return;
    }
    for (const type of TUNNEL_TYPES) this.#marker.mark(id, { kind: 'tunnelPort', type });
    for (const { name } of [...(before?.physicalNetworks ?? []), ...(after?.physicalNetworks ?? [])])
      this.#marker.mark(id, { kind: 'physicalPort', name });
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
      if (this.homeOf(portId) === vif.chassisId) this.#arrivals.push({ portId, chassisId: vif.chassisId });
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
    const isRanger = this.#pairs.rangersOf(networkId).has(portId);
    for (const end of ends) {
      // All others of the network are to be kept from it there, or need it no more.
      if (isRanger || wasRanger) this.#marker.networkAt(end, networkId, undefined);
      if (turned.has(end)) this.#marker.host(networkId, end, new Set([...there.keys(), ...turned]));
      else this.#marker.mark(end, { kind: 'segment', network: networkId });
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

  /** Who is elsewhere than where it was ACTIVE last has come, though nobody told. */
  #recallHomes(ports: readonly PortRecord[]): void {
    this.#arrivals.length = 0;
    for (const { id: portId, lastHome } of ports) {
      const home = this.homeOf(portId);
      if (lastHome === undefined || home === lastHome) continue;
      if (home === undefined) this.#lastHomes.set(portId, lastHome);
      else this.#arrivals.push({ portId, chassisId: home });
    }
  }

  #deriveMarked(): Map<string, FactDelta> {
    this.#firewall.settle();
    const deltas = new Map<string, FactDelta>();
    for (const [chassisId, refs] of this.#marks.take()) {
      const chassis = this.#chassis.get(chassisId);
      const facts = this.#facts.get(chassisId) ?? new Map<string, AnyFact>();
      const gone: AnyFact[] = [];
      const come: AnyFact[] = [];
      for (const [key, ref] of refs) {
        const before = facts.get(key);
        const derived = chassis && derive(this.#world, chassis, ref);
        if (isDeepStrictEqual(before, derived)) continue;
        const after = derived && this.#shared.share(key, derived);
        if (before) gone.push(before);
        if (before) this.#shared.release(key, before);
        if (after) come.push(after);
        replace(facts, key, after);
      }
      if (facts.size > 0) this.#facts.set(chassisId, facts);
      else this.#facts.delete(chassisId);
      if (gone.length > 0 || come.length > 0) deltas.set(chassisId, { gone, come });
    }
    return deltas;
  }
}

/** What facts are derived from. */
const COLLECTIONS = [
  ...(['networks', 'securityGroups', 'securityGroupRules', 'policies'] as const),
  ...(['ports', 'trunks', 'chassis', 'vifs'] as const),
];

function creations(view: StoreView, collection: (typeof COLLECTIONS)[number]): readonly Change[] {
  return view.list(collection).map((after) => ({ collection, id: after.id, after }) as Change);
}

function replace<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
