import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { SwitchStatus } from '../status/switches.ts';

/** A registry with the process's own metrics and what is true of the switches at the time of a scrape. */
export function makeRegistry(switches: () => readonly SwitchStatus[]): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'tenantflow_switches',
    help: 'Switches by the state of their reconciliation.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const { state } of switches()) this.inc({ state });
    },
  });
  gaugeOf('tenantflow_switch_flows', 'Flows that a switch ought to have.', (status) => status.flows);
  gaugeOf('tenantflow_switch_refused_flows', 'Flows that a switch has refused.', (status) => status.refused);
  gaugeOf('tenantflow_switch_ports', 'Ports plugged into a switch.', (status) => status.ports);
  gaugeOf('tenantflow_switch_ports_up', 'Ports of a switch that are ACTIVE.', (status) => status.portsUp);
  return registry;

  function gaugeOf(name: string, help: string, value: (status: SwitchStatus) => number): void {
    new Gauge({
      name,
      help,
      labelNames: ['switch'],
      registers,
      collect() {
        this.reset();
        for (const status of switches()) this.set({ switch: status.id }, value(status));
      },
    });
  }
}
