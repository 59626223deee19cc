import { protocolName } from '#controller/base/protocols';
import type { LearnedFlow, LearnedFlows } from '#controller/reconciler/reading/learned';
import type { Firewall, PortRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import { AdmittingRules } from './admitting-rule.ts';
import { addressText, type Connection, connectionOf } from './connection.ts';

/** A connection in tenants' words. */
export interface PortConnection {
  /** `egress` when the port began it. */
  readonly direction: Connection['direction'];
  readonly ethertype: 'IPv4' | 'IPv6';
  /** Its name, or else its number. */
  readonly protocol: string;
  readonly address: string;
  readonly port: number | null;
  readonly peer_address: string;
  readonly peer_port: number | null;
  readonly icmp_type: number | null;
  readonly icmp_code: number | null;
  /** Answers that have passed because it is remembered, as far as the switch has counted. */
  readonly packets: number;
  readonly bytes: number;
  /** Seconds since its first packet. */
  readonly age: number;
  /** Of the rule that lets it be; null when that is gone, so that no answer passes any more. */
  readonly security_group_rule_id: string | null;
}

/** Answer of `GET /v1/ports/ID/connections`. */
export interface PortConnections {
  readonly port_id: string;
  /** How its switch remembers connections; null while it is nowhere, or without port security. */
  readonly firewall: Firewall | null;
  /** Flows by which the switch remembers them; null where it does not tell. */
  readonly remembered: number | null;
  /** Flows that its switch has forgotten for want of room, since the controller started. */
  readonly evicted: number;
  readonly connections: readonly PortConnection[];
  /** Why there is nothing to be seen, or not all; null when this is all there is. */
  readonly note: string | null;
}

/** What the answer stands on. */
export interface ConnectionSources {
  readonly store: StoreView;
  readonly homeOf: (portId: string) => string | undefined;
  /** Flows of a port that a switch has forgotten for want of room. */
  readonly evictedOf: (chassisId: string, portKey: number) => number;
  /** What a switch has learned for a port, the newest flows of it; nothing when it is not connected or does not tell. */
  readonly learnedOf: (chassisId: string, portKey: number, most: number) => Promise<LearnedFlows | undefined>;
}

/**
 * The connections of a port that its switch remembers, those of the `most` newest flows, the newest first. Others need no memory, because rules admit both of
 * their directions.
 */
export async function connectionsOf(
  port: PortRecord,
  most: number,
  { store, homeOf, evictedOf, learnedOf }: ConnectionSources,
): Promise<PortConnections> {
  const nothing = { port_id: port.id, firewall: null, remembered: null, evicted: 0, connections: [] };
  if (!port.portSecurityEnabled) return { ...nothing, note: UNGUARDED };
  const home = homeOf(port.id);
  const firewall = store.get('chassis', home ?? '')?.firewall;
  if (home === undefined || firewall === undefined) return { ...nothing, note: 'the port is not plugged' };
  if (firewall === 'conntrack') return { ...nothing, firewall, note: TRACKED };
  const learned = await learnedOf(home, port.key, most);
  if (learned === undefined)
    return {
      ...nothing,
      firewall,
      note: 'its switch does not tell: it is not connected, or is asked too much at once',
    };
  const evicted = evictedOf(home, port.key);
  const notes = [
    learned.count > learned.flows.length &&
      `only the ${learned.flows.length} newest of ${learned.count} flows were looked at`,
    evicted > 0 && `${evicted} flows of it were forgotten, because its switch had no room for more`,
  ].filter((note) => note !== false);
  const rules = new AdmittingRules(store, port);
  const connections = learned.flows.flatMap((flow) => {
    const connection = connectionOf(flow.match);
    return connection ? [portConnection(connection, flow, rules.ruleOf(connection)?.id)] : [];
  });
  return {
    port_id: port.id,
    firewall,
    remembered: learned.count,
    evicted,
    connections,
    note: notes.length > 0 ? notes.join('; ') : null,
  };
}

const UNGUARDED = 'the port has no port security: all its packets pass';
const TRACKED =
  'the datapath tracks them, and switches do not tell of that by OpenFlow: see `ovs-appctl dpctl/dump-conntrack` on the hypervisor';

function portConnection(
  { direction, version, protocol, local, peer, ports, icmp }: Connection,
  { packets, bytes, age }: LearnedFlow,
  ruleId: string | undefined,
): PortConnection {
  return {
    direction,
    ethertype: `IPv${version}`,
    protocol: protocolName(protocol),
    address: addressText(local),
    port: ports?.local ?? null,
    peer_address: addressText(peer),
    peer_port: ports?.peer ?? null,
    icmp_type: icmp?.type ?? null,
    icmp_code: icmp?.code ?? null,
    packets,
    bytes,
    age,
    security_group_rule_id: ruleId ?? null,
  };
}
