import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { SwitchStatus } from '#controller/status/switches';

/** What is shown of every switch, by name of the gauge. */
const SWITCH_GAUGES = [
  { key: 'flows', name: 'tenantflow_switch_flows', help: 'Flows that a switch ought to have.' },
  { key: 'pending', name: 'tenantflow_switch_pending_flows', help: 'Flows that are still to be changed.' },
  {
    key: 'unsentBytes',
    name: 'tenantflow_switch_unsent_bytes',
    help: 'Bytes that wait to be taken by a switch; from 524,288 on, no more are made for it until it has.',
  },
  { key: 'refused', name: 'tenantflow_switch_refused_flows', help: 'Flows that a switch has refused.' },
  { key: 'foreign', name: 'tenantflow_switch_foreign_flows', help: 'Flows of a switch that are not ours.' },
  {
    key: 'foreignMeters',
    name: 'tenantflow_switch_foreign_meters',
    help: 'Meters of a switch that are not ours.',
  },
  { key: 'ports', name: 'tenantflow_switch_ports', help: 'Ports plugged into a switch.' },
  { key: 'portsUp', name: 'tenantflow_switch_ports_up', help: 'Ports of a switch that are ACTIVE.' },
  {
    key: 'recovering',
    name: 'tenantflow_switch_recovery_seconds',
    help: 'For how long running TCP sessions are still taken up on a switch that had lost its flows.',
  },
  {
    key: 'recoveringPorts',
    name: 'tenantflow_switch_recovering_ports',
    help: 'Ports that have come to a switch, where running TCP sessions are taken up.',
  },
] as const;

/** A registry with the process's own metrics and what is true of the switches at the time of a scrape. */
export function makeRegistry(switches: () => readonly SwitchStatus[]): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // One look at all switches per scrape: metrics are collected in the order of their making, so this one sets the others.
  new Gauge({
    name: 'tenantflow_switches',
    help: 'Hypervisors by the state of their reconciliation; pending ones are not accepted.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const { gauge } of gauges) gauge.reset();
      for (const status of switches()) {
        this.inc({ state: status.state });
        if (status.state === 'pending') continue;
        for (const { gauge, key } of gauges) gauge.set({ switch: status.id }, status[key]);
      }
    },
  });
  const gauges = SWITCH_GAUGES.map(({ key, name, help }) => ({
    key,
    gauge: new Gauge({ name, help, labelNames: ['switch'], registers }),
  }));
  return registry;
}
