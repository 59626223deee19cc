import type { MetricObject } from 'prom-client';
import { reconcileMetrics } from '#controller/reconciler/metrics';
import { denyLogMetrics } from './deny-log-metrics.ts';
import { firewallMetrics } from './firewall-metrics.ts';
import { makeRegistry } from './gauges.ts';
import { processMetrics, type Scraped } from './process-metrics.ts';

const NOTHING: Scraped = {
  openflow: () => ({ handshakes: 0, all: 0 }),
  ovsdb: () => ({ accepted: 0, all: 0 }),
  flows: () => [],
  due: () => [],
  revision: () => 0,
};

/** Every metric of a controller, the process's own included. */
export async function declaredMetrics(): Promise<MetricObject[]> {
  const registry = makeRegistry(() => []);
  const { dropped } = reconcileMetrics(registry);
  const nobody = () => undefined;
  firewallMetrics(registry, { switches: () => [], dropped, groupsOf: nobody, portAt: nobody, limit: 0 });
  const denyLog = { watchers: { streams: 0, logs: 0 }, packets: { shown: 0, unread: 0 } };
  denyLogMetrics(registry, { denyLog, held: () => dropped.unshown });
  processMetrics(registry, NOTHING);
  const all = await registry.getMetricsAsJSON();
  registry.clear();
  return all;
}

/** Describes the metrics of tenantflow in Markdown, from their declarations. */
export async function describeMetrics(): Promise<string> {
  const all = await declaredMetrics();
  const rows = all
    .filter(({ name }) => name.startsWith('tenantflow_'))
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`)
    .sort();
  return [
    '# Metrics',
    '',
    'Written by `npm run generate` from the declarations in `controller/`. Don’t edit it.',
    '',
    '`GET /metrics` on the address of `--metrics` answers in the text format of Prometheus; besides these, the usual',
    'metrics of a Node.js process. [grafana/tenantflow.json](grafana/tenantflow.json) is a dashboard of all of them.',
    '',
    '| metric | type | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
