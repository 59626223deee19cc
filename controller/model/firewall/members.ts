import type { AddressRange } from '#apps';
import type { PortRecord } from '#controller/store/records';
import { memberRanges } from '../port-addresses.ts';
import { addTo, removeFrom } from '../set-map.ts';

/** A port as a member: what it adds to the addresses of its groups. */
interface Member {
  readonly key: number;
  /** By `rangeKey`. */
  readonly ranges: ReadonlyMap<string, AddressRange>;
  readonly groups: readonly string[];
}

/** A range of addresses that members of groups have, one or several. */
interface Range {
  readonly range: AddressRange;
  readonly ports: Set<string>;
  /** Group id → how many of the ports are in it. */
  readonly groups: Map<string, number>;
  /** The port whose fact tells of it: of its ports, the one with the lowest key. */
  owner: string;
}

/** A port whose fact may say something else, where one of the groups is named. */
export interface TouchedMember {
  readonly portId: string;
  readonly groups: Iterable<string>;
}

/**
 * Which addresses are in which groups. Ports may share a range of addresses, in different networks or by address pairs; then one
 * of them owns it, and its fact lists the groups of all of them.
 */
export class Members {
  readonly #members = new Map<string, Member>();
  readonly #ranges = new Map<string, Range>();
  /** Group id → ids of its ports. */
  readonly #portsIn = new Map<string, Set<string>>();

  /** Takes in a port as it is now; returns the members that this touches, itself among them. */
  replace(portId: string, port: PortRecord | undefined): readonly TouchedMember[] {
    const before = this.#members.get(portId);
    const after = port && memberOf(port);
    const touched: TouchedMember[] = [];
    const keys = new Set([...(before?.ranges.keys() ?? []), ...(after?.ranges.keys() ?? [])]);
    const groups = [...(before?.groups ?? []), ...(after?.groups ?? [])];
    if (before) this.#portGone(portId, before);
    if (after) this.#portCame(portId, after);
    for (const key of keys) touched.push(...this.#settle(key, portId, groups));
    return touched;
  }

  /** Ids of the ports whose facts tell of a group's addresses. */
  *ownersIn(group: string): Iterable<string> {
    for (const portId of this.#portsIn.get(group) ?? [])
      for (const key of this.#members.get(portId)?.ranges.keys() ?? []) {
        const range = this.#ranges.get(key);
        if (range) yield range.owner;
      }
  }

  /** The ranges that a port owns, with the ids of all groups that have them. */
  *ownedBy(
    portId: string,
  ): Iterable<{ readonly range: AddressRange; readonly groups: ReadonlyMap<string, number> }> {
    for (const key of this.#members.get(portId)?.ranges.keys() ?? []) {
      const range = this.#ranges.get(key);
      if (range?.owner === portId) yield range;
    }
  }

  #portGone(portId: string, { ranges, groups }: Member): void {
    this.#members.delete(portId);
    for (const group of groups) removeFrom(this.#portsIn, group, portId);
    for (const key of ranges.keys()) {
      const range = this.#ranges.get(key);
      range?.ports.delete(portId);
      for (const group of groups) {
        const rest = (range?.groups.get(group) ?? 0) - 1;
        if (rest > 0) range?.groups.set(group, rest);
        else range?.groups.delete(group);
      }
    }
  }

  #portCame(portId: string, member: Member): void {
    this.#members.set(portId, member);
    for (const group of member.groups) addTo(this.#portsIn, group, portId);
    for (const [key, range] of member.ranges) {
      const known = this.#ranges.get(key) ?? { range, ports: new Set(), groups: new Map(), owner: portId };
      this.#ranges.set(key, known);
      known.ports.add(portId);
      for (const group of member.groups) known.groups.set(group, (known.groups.get(group) ?? 0) + 1);
    }
  }

  /** Decides anew who owns a range that a port had, or has now. */
  #settle(key: string, portId: string, groups: readonly string[]): readonly TouchedMember[] {
    const range = this.#ranges.get(key);
    if (!range) return [];
    const before = range.owner;
    range.owner = this.#ownerOf(range, portId);
    if (range.ports.size === 0) this.#ranges.delete(key);
    if (range.owner === before) return [{ portId: before, groups }];
    // What the old owner no longer tells, the new one has to.
    const all = new Set([...groups, ...range.groups.keys()]);
    return [before, range.owner].map((owner) => ({ portId: owner, groups: all }));
  }

  /** Only an owner that goes makes it necessary to look at all who share a range. */
  #ownerOf({ ports, owner }: Range, changed: string): string {
    const candidates = ports.has(owner) ? [owner, ...(ports.has(changed) ? [changed] : [])] : ports;
    let lowest = owner;
    let key = Number.POSITIVE_INFINITY;
    for (const portId of candidates)
      if (this.#keyOf(portId) < key) [lowest, key] = [portId, this.#keyOf(portId)];
    return lowest;
  }

  #keyOf(portId: string): number {
    return this.#members.get(portId)?.key ?? Number.POSITIVE_INFINITY;
  }
}

function memberOf(port: PortRecord): Member | undefined {
  if (port.securityGroupIds.length === 0) return undefined;
  const ranges = new Map(memberRanges(port).map((range) => [rangeKey(range), range]));
  return { key: port.key, ranges, groups: port.securityGroupIds };
}

function rangeKey({ version, bits, prefix }: AddressRange): string {
  return `${version} ${bits.toString(16)}/${prefix}`;
}
