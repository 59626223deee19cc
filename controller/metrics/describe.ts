import { reconcileMetrics } from '#controller/reconciler/metrics';
import { makeRegistry } from './gauges.ts';

/** Describes the metrics of tenantflow in Markdown, from their declarations. */
export async function describeMetrics(): Promise<string> {
  const registry = makeRegistry(() => []);
  reconcileMetrics(registry);
  const all = await registry.getMetricsAsJSON();
  registry.clear();
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
    'metrics of a Node.js process.',
    '',
    '| metric | type | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
