import {
  decodeInstructions,
  decodeMatch,
  type FlowMod,
  flowMod,
  type GroupMod,
  PORT,
  parseFlow,
} from 'openflow-codec';
import type { Flow } from '../flow.ts';
import { Conntrack } from './conntrack.ts';
import { SimulatorError } from './errors.ts';
import { extract } from './extract.ts';
import { FlowTable } from './flow-table.ts';
import { AT, WORD_COUNT } from './layout.ts';
import type { Outcome, Packet, Tunnel } from './outcome.ts';
import { prepareActions } from './prepare.ts';
import type { Rule } from './rule.ts';
import type { Group, SwitchState, TunnelPort } from './switch-state.ts';
import { Translation } from './translation.ts';
import { Wire } from './wire.ts';

/** What the simulator must be told about the switch. */
export interface SimulatorOptions {
  /** OpenFlow ports that exist; all do unless told. */
  readonly ports?: Iterable<number>;
  /** Tunnel ports by OpenFlow port number. They count as ports that exist. */
  readonly tunnelPorts?: ReadonlyMap<number, TunnelPort>;
  /** How fragments are looked up (OFPC_FRAG_*; `nx-match` is Nicira's). Default `normal`. */
  readonly fragments?: SwitchState['fragments'];
  /** Which bucket a `select` group takes. Default: the first one with a weight. */
  readonly select?: SwitchState['select'];
}

/** A flow and its counters. */
export type SimulatedFlow = Readonly<
  Pick<
    Rule,
    | 'tableId'
    | 'priority'
    | 'cookie'
    | 'match'
    | 'instructions'
    | 'idleTimeout'
    | 'hardTimeout'
    | 'packetCount'
    | 'byteCount'
  >
>;

/**
 * Does with a packet what Open vSwitch 3.1 would do with it, for all that tenantflow uses: see README.md for what is
 * modelled. What is not is refused with SimulatorError SIM_UNSUPPORTED when a flow brings it. Pure: time is passed in.
 */
export class Simulator {
  readonly #flows = new FlowTable();
  readonly #groups = new Map<number, Group>();
  readonly #conntrack = new Conntrack();
  readonly #state: SwitchState;
  #now = 0;

  constructor({
    ports,
    tunnelPorts = new Map(),
    fragments = 'normal',
    select = firstWeighted,
  }: SimulatorOptions = {}) {
    const present = ports && new Set([...ports, ...tunnelPorts.keys(), PORT.local]);
    this.#state = {
      classifiers: this.#flows.classifiers,
      groups: this.#groups,
      tunnelPorts,
      ...(present && { hasPort: (port) => present.has(port) }),
      fragments,
      select,
      learn: (flow, now) => this.#flows.learn(flow, now),
      track: (frame, zone, isCommit, now) => this.#conntrack.track(frame, zone, isCommit, now),
    };
  }

  /** Adds flows as the reconciler has them. */
  load(flows: Iterable<Flow>): void {
    for (const { tableId, priority, cookieHi, cookieLo, match, instructions } of flows) {
      const cookie = (BigInt(cookieHi) << 32n) | BigInt(cookieLo);
      this.flowMod(
        flowMod({
          ...{ tableId, priority, cookie },
          match: decodeMatch(match),
          instructions: decodeInstructions(instructions),
        }),
      );
    }
  }

  /** Adds flows in the notation of ovs-ofctl, one a line; empty lines and those with `#` are skipped. Throws TextError. */
  addFlows(text: string): void {
    for (const line of text.split('\n').map((each) => each.trim())) {
      if (line !== '' && !line.startsWith('#')) this.flowMod(parseFlow(line));
    }
  }

  /** Does what a flow-mod says, at `now` (milliseconds; not before an earlier one). Throws SimulatorError. */
  flowMod(mod: FlowMod, now = this.#now): void {
    this.expire(now);
    this.#flows.apply(mod, now);
  }

  /** Does what a group-mod says. Throws SimulatorError. */
  groupMod(mod: GroupMod): void {
    if (mod.command === 'delete') {
      if (mod.group === ALL_GROUPS) this.#groups.clear();
      else this.#groups.delete(mod.group);
      return;
    }
    const isThere = this.#groups.has(mod.group);
    if (mod.command === 'add' && isThere) throw new SimulatorError('SIM_GROUP_EXISTS', { group: mod.group });
    if (mod.command === 'modify' && !isThere) {
      throw new SimulatorError('SIM_GROUP_UNKNOWN', { group: mod.group });
    }
    const buckets = mod.buckets.map(({ weight, actions }) => ({ weight, run: prepareActions(actions) }));
    this.#groups.set(mod.group, { id: mod.group, type: mod.groupType, buckets });
  }

  /** Forgets all connections of a zone of connection tracking (NXT_CT_FLUSH_ZONE). */
  flushZone(zone: number): void {
    this.#conntrack.flush(zone);
  }

  /** Sends a packet through the tables at `now` (milliseconds). What it teaches the switch, the next packets see. */
  send(packet: Packet, now = this.#now): Outcome {
    this.expire(now);
    const key = new Uint32Array(WORD_COUNT);
    key[AT.inPort] = packet.inPort;
    key[AT.actsetOutput] = PORT.unset;
    if (packet.tunnel) putTunnel(packet.tunnel, key);
    const headers = extract(packet.bytes, key);
    const wire = new Wire(packet.bytes, headers, key);
    const translation = new Translation(this.#state, key, wire, packet.bytes.length, now);
    return this.#flows.during(() => translation.run());
  }

  /** Lets time pass; returns the flows whose timeouts are over. Throws SimulatorError SIM_TIME when it runs back. */
  expire(now: number): readonly SimulatedFlow[] {
    if (now < this.#now) throw new SimulatorError('SIM_TIME', { now, before: this.#now });
    if (now === this.#now) return [];
    this.#now = now;
    return this.#flows.expire(now);
  }

  /** All flows, learned ones included, with their counters. */
  flows(): readonly SimulatedFlow[] {
    return [...this.#flows.values()];
  }
}

/** OFPG_ALL (OF 1.3.5, 7.3.4.2). */
const ALL_GROUPS = 0xfffffffc;

function firstWeighted(group: Group): number {
  return Math.max(
    0,
    group.buckets.findIndex(({ weight }) => weight > 0),
  );
}

/** Only a tunnel that leads somewhere counts: without a destination the packet came from no tunnel. */
function putTunnel(
  { id = 0n, src = 0, dst = 0, ipv6Src = 0n, ipv6Dst = 0n }: Tunnel,
  key: Uint32Array,
): void {
  if (dst === 0 && ipv6Dst === 0n) return;
  put(key, AT.tunId, 2, id);
  put(key, AT.tunSrc, 1, BigInt(src));
  put(key, AT.tunDst, 1, BigInt(dst));
  put(key, AT.tunIpv6Src, 4, ipv6Src);
  put(key, AT.tunIpv6Dst, 4, ipv6Dst);
}

function put(key: Uint32Array, word: number, count: number, value: bigint): void {
  for (let index = 0; index < count; index++) {
    key[word + index] = Number((value >> BigInt(32 * (count - 1 - index))) & 0xffffffffn);
  }
}
