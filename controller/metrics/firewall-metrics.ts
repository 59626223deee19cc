import { Counter, Gauge, type Registry } from 'prom-client';
import type { Census } from '#controller/reconciler/audit/census';
import type { Denied, DroppedPackets } from '#controller/reconciler/audit/dropped-packets';
import type { Evictions } from '#controller/reconciler/audit/evictions';

/** What a switch has told in its audits, and of itself. */
export interface AuditedSwitch {
  readonly id: string;
  readonly census: Census;
  readonly denied: Denied;
  readonly evictions: Pick<Evictions, 'count' | 'ports'>;
}

/** What is asked at each scrape. */
export interface FirewallScraped {
  readonly switches: () => Iterable<AuditedSwitch>;
  readonly dropped: DroppedPackets;
  /** Ids of the groups of a policy, by its key; nothing when it is no more. */
  readonly groupsOf: (policy: number) => readonly string[] | undefined;
  /** The id of a port that is plugged in there, by its key. */
  readonly portAt: (switchId: string, key: number) => string | undefined;
  /** Most flows that a switch may learn. */
  readonly limit: number;
}

/** Ports, and sets of groups, that have series of their own. A cloud has any number of both. */
export const MOST_SERIES = 20;
const DIRECTIONS = ['ingress', 'egress'] as const;

/** Registers what security groups do: as of the last audit of each switch, so that a scrape asks none of them anything. */
export function firewallMetrics(registry: Registry, scraped: FirewallScraped): void {
  const registers = [registry];
  new Gauge({
    name: 'tenantflow_learned_flows_limit',
    help: 'Flows that each switch may learn (--firewall-limit). At it, the port with most of them loses its idlest.',
    registers,
    collect() {
      this.set(scraped.limit);
    },
  });
  // Metrics are collected in the order of their making, so this one sets the next.
  new Gauge({
    name: 'tenantflow_switch_learned_flows',
    help: 'Flows that a switch had learned at its last audit, to remember connections by.',
    labelNames: ['switch'],
    registers,
    collect() {
      this.reset();
      learnedPorts.reset();
      for (const { id, census } of scraped.switches()) {
        this.set({ switch: id }, census.count);
        learnedPorts.set({ switch: id }, census.ports.size);
      }
    },
  });
  const learnedPorts = new Gauge({
    name: 'tenantflow_switch_learned_ports',
    help: 'Ports for which a switch had learned any flow at its last audit.',
    labelNames: ['switch'],
    registers,
  });
  new Gauge({
    name: 'tenantflow_port_learned_flows',
    help: `Flows that were learned for a port, of the ${MOST_SERIES} ports of all switches that have most.`,
    labelNames: ['switch', 'port'],
    registers,
    collect() {
      this.reset();
      for (const { id, key, count } of portsWithMost(scraped.switches(), ({ census }) => census.ports)) {
        const port = scraped.portAt(id, key);
        if (port !== undefined) this.set({ switch: id, port }, count);
      }
    },
  });
  new Counter({
    name: 'tenantflow_switch_evicted_flows_total',
    help: 'Learned flows that a switch has forgotten because it had no room for more, as it told at once.',
    labelNames: ['switch'],
    registers,
    collect() {
      this.reset();
      for (const { id, evictions } of scraped.switches()) this.inc({ switch: id }, evictions.count);
    },
  });
  new Counter({
    name: 'tenantflow_port_evicted_flows_total',
    help: `The same by port, of the ${MOST_SERIES} ports of all switches that have lost most.`,
    labelNames: ['switch', 'port'],
    registers,
    collect() {
      this.reset();
      for (const { id, key, count } of portsWithMost(
        scraped.switches(),
        ({ evictions }) => evictions.ports,
      )) {
        const port = scraped.portAt(id, key);
        if (port !== undefined) this.inc({ switch: id, port }, count);
      }
    },
  });
  new Counter({
    name: 'tenantflow_switch_denied_packets_total',
    help: 'Packets that security groups denied on a switch, as its audits count them; direction is the port’s.',
    labelNames: ['switch', 'direction'],
    registers,
    collect() {
      this.reset();
      for (const { id, denied } of scraped.switches())
        for (const direction of DIRECTIONS) this.inc({ switch: id, direction }, denied[direction]);
    },
  });
  new Counter({
    name: 'tenantflow_policy_denied_packets_total',
    help: `The same of all switches, by the ports’ set of groups (ids), of the ${MOST_SERIES} sets with most.`,
    labelNames: ['groups', 'direction'],
    registers,
    collect() {
      this.reset();
      const all = [...scraped.dropped.byPolicy((policy) => scraped.groupsOf(policy) !== undefined)];
      const sumOf = ({ egress, ingress }: Denied) => egress + ingress;
      for (const [policy, denied] of all.sort(([, a], [, b]) => sumOf(b) - sumOf(a)).slice(0, MOST_SERIES))
        for (const direction of DIRECTIONS)
          this.inc({ groups: (scraped.groupsOf(policy) ?? []).join(), direction }, denied[direction]);
    },
  });
  new Counter({
    name: 'tenantflow_dropped_packets_total',
    help: 'Packets that all switches dropped, by reason (docs/pipeline.md), as audits count them.',
    labelNames: ['app', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { reason, packets } of scraped.dropped.byReason)
        this.inc({ app: reason.app, reason: reason.name }, packets);
    },
  });
}

/** The ports with the highest counts, the first first. */
function portsWithMost(
  switches: Iterable<AuditedSwitch>,
  countsOf: (of: AuditedSwitch) => ReadonlyMap<number, number>,
) {
  const most: { readonly id: string; readonly key: number; readonly count: number }[] = [];
  for (const each of switches)
    for (const [key, count] of countsOf(each)) {
      const last = most.at(MOST_SERIES - 1);
      if (last !== undefined && last.count >= count) continue;
      const at = most.findIndex((other) => other.count < count);
      most.splice(at < 0 ? most.length : at, 0, { id: each.id, key, count });
      most.length = Math.min(most.length, MOST_SERIES);
    }
  return most;
}
