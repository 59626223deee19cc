/** A graph of the dashboard: a title, what its numbers are, and one line for each expression. */
interface Graph {
  readonly title: string;
  /** One of Grafana's units. */
  readonly unit: 'short' | 's' | 'bytes' | 'ops';
  /** PromQL by the legend of its lines. */
  readonly lines: Readonly<Record<string, string>>;
}

const per = (metric: string, by = '') => `sum${by && ` by (${by})`} (rate(${metric}[$__rate_interval]))`;
const quantile = (share: number, metric: string) =>
  `histogram_quantile(${share}, ${per(`${metric}_bucket`, 'le')})`;
const latency = (title: string, metric: string): Graph => ({
  title,
  unit: 's',
  lines: { median: quantile(0.5, metric), '99 %': quantile(0.99, metric) },
});

const ROWS: Readonly<Record<string, readonly Graph[]>> = {
  'Is all as it should be?': [
    { title: 'Hypervisors by state', unit: 'short', lines: { '{{state}}': 'tenantflow_switches' } },
    {
      title: 'Ports',
      unit: 'short',
      lines: { plugged: 'sum(tenantflow_switch_ports)', ACTIVE: 'sum(tenantflow_switch_ports_up)' },
    },
    {
      title: 'Flows that are not right',
      unit: 'short',
      lines: {
        'still to be changed': 'sum(tenantflow_switch_pending_flows)',
        'switches still to be worked out': 'tenantflow_due_switches',
        refused: 'sum(tenantflow_switch_refused_flows)',
        'not ours': 'sum(tenantflow_switch_foreign_flows)',
        'meters not ours': 'sum(tenantflow_switch_foreign_meters)',
      },
    },
    {
      title: 'Bytes that wait to be taken by switches',
      unit: 'bytes',
      lines: { '{{switch}}': 'topk(5, tenantflow_switch_unsent_bytes)' },
    },
    {
      title: 'Drift that audits repaired',
      unit: 'ops',
      lines: { '{{kind}}': per('tenantflow_drift_flows_total', 'kind') },
    },
    {
      title: 'Refusals and failures',
      unit: 'ops',
      lines: {
        'flow refused: {{error}}': per('tenantflow_flow_refusals_total', 'error'),
        'attempt ended: {{code}}': per('tenantflow_reconcile_failures_total', 'code'),
      },
    },
    {
      title: 'TCP sessions taken up again',
      unit: 'short',
      lines: {
        'switches, longest rest of time': 'max(tenantflow_switch_recovery_seconds)',
        ports: 'sum(tenantflow_switch_recovering_ports)',
      },
    },
  ],
  'How fast is it?': [
    latency('Requests to the API', 'tenantflow_api_request_seconds'),
    {
      title: 'Requests',
      unit: 'ops',
      lines: { '{{method}} {{status}}': per('tenantflow_api_request_seconds_count', 'method, status') },
    },
    latency('From commits to changed flows', 'tenantflow_compile_seconds'),
    latency('A bundle, until its barrier', 'tenantflow_install_seconds'),
    latency('A barrier there and back', 'tenantflow_barrier_seconds'),
    latency('What a switch has that connects, read and compared', 'tenantflow_read_back_seconds'),
    latency('An audit of a switch', 'tenantflow_audit_seconds'),
  ],
  'What does it do?': [
    {
      title: 'Changes',
      unit: 'ops',
      lines: {
        flows: per('tenantflow_flow_changes_total'),
        bundles: per('tenantflow_bundles_total'),
        commits: 'rate(tenantflow_store_revision[$__rate_interval])',
      },
    },
    { title: 'Flows by app', unit: 'short', lines: { '{{app}}': 'sum by (app) (tenantflow_flows)' } },
    { title: 'Flows by table', unit: 'short', lines: { '{{table}}': 'sum by (table) (tenantflow_flows)' } },
    {
      title: 'Flows of a switch',
      unit: 'short',
      lines: { largest: 'max(tenantflow_switch_flows)', mean: 'avg(tenantflow_switch_flows)' },
    },
    {
      title: 'Connections',
      unit: 'short',
      lines: {
        'OpenFlow, {{state}}': 'tenantflow_openflow_connections',
        'OVSDB, {{state}}': 'tenantflow_ovsdb_sessions',
      },
    },
    {
      title: 'Connections that ended',
      unit: 'ops',
      lines: {
        'OpenFlow, {{code}}': per('tenantflow_openflow_closed_total', 'code'),
        'OVSDB, {{code}}': per('tenantflow_ovsdb_closed_total', 'code'),
      },
    },
    {
      title: 'Messages that nobody asked for',
      unit: 'ops',
      lines: { messages: `rate(tenantflow_openflow_unasked_messages_total[$__rate_interval])` },
    },
  ],
  'What do security groups do?': [
    {
      title: 'Learned flows of a switch',
      unit: 'short',
      lines: {
        largest: 'max(tenantflow_switch_learned_flows)',
        limit: 'tenantflow_learned_flows_limit',
        'ports, on all': 'sum(tenantflow_switch_learned_ports)',
      },
    },
    {
      title: 'Learned flows of a port, those with most',
      unit: 'short',
      lines: { '{{switch}} {{port}}': 'tenantflow_port_learned_flows' },
    },
    {
      title: 'Learned flows forgotten for want of room',
      unit: 'ops',
      lines: {
        '{{switch}}': per('tenantflow_switch_evicted_flows_total', 'switch'),
        '{{switch}} {{port}}': per('tenantflow_port_evicted_flows_total', 'switch, port'),
      },
    },
    {
      title: 'Learned flows of nobody, removed',
      unit: 'ops',
      lines: { flows: per('tenantflow_learned_orphans_total') },
    },
    {
      title: 'Packets denied, by switch',
      unit: 'ops',
      lines: {
        '{{switch}} {{direction}}': per('tenantflow_switch_denied_packets_total', 'switch, direction'),
      },
    },
    {
      title: 'Packets denied, by the port’s groups, those with most',
      unit: 'ops',
      lines: {
        '{{groups}} {{direction}}': per('tenantflow_policy_denied_packets_total', 'groups, direction'),
      },
    },
    {
      title: 'Packets denied while somebody watches',
      unit: 'ops',
      lines: { '{{outcome}}': per('tenantflow_deny_log_packets_total', 'outcome') },
    },
    {
      title: 'Who watches denied packets',
      unit: 'short',
      lines: { '{{kind}}': 'tenantflow_deny_log_watchers' },
    },
    {
      title: 'Packets dropped, by reason',
      unit: 'ops',
      lines: { '{{app}}: {{reason}}': per('tenantflow_dropped_packets_total', 'app, reason') },
    },
  ],
  'The process': [
    {
      title: 'Lag of the event loop',
      unit: 's',
      lines: { mean: 'nodejs_eventloop_lag_mean_seconds', '99 %': 'nodejs_eventloop_lag_p99_seconds' },
    },
    {
      title: 'Memory',
      unit: 'bytes',
      lines: { resident: 'process_resident_memory_bytes', heap: 'nodejs_heap_size_used_bytes' },
    },
    {
      title: 'Resident memory of a flow, all in',
      unit: 'bytes',
      lines: { bytes: 'process_resident_memory_bytes / scalar(sum(tenantflow_flows))' },
    },
    {
      title: 'Processor time, seconds a second',
      unit: 'short',
      lines: { used: per('process_cpu_seconds_total') },
    },
  ],
};

/** The names of metrics that the dashboard asks for. */
export function dashboardMetrics(): ReadonlySet<string> {
  const all = Object.values(ROWS)
    .flat()
    .flatMap(({ lines }) => Object.values(lines));
  const names = all.flatMap((text) => text.match(/\b(?:tenantflow|nodejs|process)_\w+/g) ?? []);
  return new Set(names.map((name) => name.replace(/_(bucket|count|sum)$/, '')));
}

const [WIDTH, HEIGHT] = [8, 8];

/** The dashboard as JSON for Grafana (version 10 or newer) to import; it asks for the Prometheus to use. */
export function formatDashboard(): string {
  const panels: object[] = [];
  let y = 0;
  for (const [title, graphs] of Object.entries(ROWS)) {
    panels.push({ type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] });
    y += 1;
    for (const [at, graph] of graphs.entries()) {
      const x = (at % 3) * WIDTH;
      panels.push(panelOf(graph, { x, y: y + Math.floor(at / 3) * HEIGHT, w: WIDTH, h: HEIGHT }));
    }
    y += Math.ceil(graphs.length / 3) * HEIGHT;
  }
  const datasource = { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' };
  const dashboard = {
    ...{ uid: 'tenantflow', title: 'tenantflow', tags: ['openflow', 'sdn'], schemaVersion: 39 },
    ...{ time: { from: 'now-1h', to: 'now' }, refresh: '15s', editable: true },
    templating: { list: [datasource] },
    panels: panels.map((panel, at) => ({ id: at + 1, ...panel })),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function panelOf({ title, unit, lines }: Graph, gridPos: object): object {
  const datasource = { type: 'prometheus', uid: `\${datasource}` };
  const targets = Object.entries(lines).map(([legendFormat, expr], at) => {
    return { refId: String.fromCharCode(65 + at), datasource, expr, legendFormat };
  });
  const fieldConfig = { defaults: { unit, min: 0 }, overrides: [] };
  return { type: 'timeseries', title, datasource, gridPos, fieldConfig, targets };
}
