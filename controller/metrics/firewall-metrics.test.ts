import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { DroppedPackets } from '#controller/reconciler/audit/dropped-packets';
import {
  type AuditedSwitch,
  type FirewallScraped,
  firewallMetrics,
  MOST_SERIES,
} from './firewall-metrics.ts';

function registryOf(scraped: Partial<FirewallScraped>): Registry {
  const registry = new Registry();
  firewallMetrics(registry, {
    switches: () => [],
    dropped: new DroppedPackets(),
    groupsOf: (policy) => [`group-${policy}`],
    portAt: (id, key) => `${id}-${key}`,
    limit: 1000,
    ...scraped,
  });
  return registry;
}

/** A switch with so many ports: the first has learned, and forgotten, one flow, the second two… */
function switchWith(id: string, portCount: number): AuditedSwitch {
  const ports = new Map(Array.from({ length: portCount }, (_, at) => [at + 1, at + 1]));
  const count = (portCount * (portCount + 1)) / 2;
  const evictions = { count: count + 1, ports };
  return { id, census: { count, ports }, denied: { egress: 3, ingress: 4 }, evictions };
}

const linesOf = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe('firewallMetrics', () => {
  it('tells of the ports with most learned flows, however many there are, and of each switch in all', async () => {
    let switches = [switchWith('hv1', 50), switchWith('hv2', 30)];
    const registry = registryOf({ switches: () => switches });
    const text = await registry.metrics();
    const lines = linesOf(text, 'tenantflow_port_learned_flows');
    expect(lines).toHaveLength(MOST_SERIES);
    expect(lines[0]).toBe('tenantflow_port_learned_flows{switch="hv1",port="hv1-50"} 50');
    expect(lines.at(-1)).toBe('tenantflow_port_learned_flows{switch="hv1",port="hv1-31"} 31');
    expect(linesOf(text, 'tenantflow_switch_learned_flows')).toEqual([
      'tenantflow_switch_learned_flows{switch="hv1"} 1275',
      'tenantflow_switch_learned_flows{switch="hv2"} 465',
    ]);
    const lost = linesOf(text, 'tenantflow_port_evicted_flows_total');
    expect(lost).toHaveLength(MOST_SERIES);
    expect(lost[0]).toBe('tenantflow_port_evicted_flows_total{switch="hv1",port="hv1-50"} 50');
    expect(text).toContain('tenantflow_switch_evicted_flows_total{switch="hv2"} 466\n');
    expect(text).toContain('tenantflow_switch_learned_ports{switch="hv1"} 50\n');
    expect(text).toContain('tenantflow_switch_denied_packets_total{switch="hv2",direction="ingress"} 4\n');
    expect(text).toContain('tenantflow_learned_flows_limit 1000\n');
    switches = [switchWith('hv2', 1)];
    const next = await registry.metrics();
    expect(linesOf(next, 'tenantflow_port_learned_flows')).toEqual([
      'tenantflow_port_learned_flows{switch="hv2",port="hv2-1"} 1',
    ]);
    expect(next).not.toContain('hv1');
  });

  it('sums what is denied by set of groups, and forgets sets that are no more', async () => {
    const dropped = new DroppedPackets();
    for (let policy = 1; policy <= MOST_SERIES + 5; policy++) dropped.addDenied(policy, 'ingress', policy);
    dropped.addDenied(MOST_SERIES, 'egress', 1_000);
    dropped.add({ app: 'security-groups', name: 'revoked', doc: '' }, 7);
    const gone = MOST_SERIES + 5;
    const text = await registryOf({
      dropped,
      groupsOf: (policy) => (policy === gone ? undefined : [`a-${policy}`, 'b']),
    }).metrics();
    const lines = linesOf(text, 'tenantflow_policy_denied_packets_total');
    expect(lines).toHaveLength(2 * MOST_SERIES);
    expect(lines[1]).toBe(
      `tenantflow_policy_denied_packets_total{groups="a-${MOST_SERIES},b",direction="egress"} 1000`,
    );
    expect([...dropped.byPolicy(() => true)]).toHaveLength(gone - 1);
    expect(text).toContain('tenantflow_dropped_packets_total{app="security-groups",reason="revoked"} 7\n');
  });
});
