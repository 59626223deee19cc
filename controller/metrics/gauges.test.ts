import { describe, expect, it } from 'vitest';
import type { SwitchStatus } from '#controller/status/switches';
import { makeRegistry } from './gauges.ts';

const HV1: SwitchStatus = {
  id: 'hv1',
  hostname: 'hv1',
  address: '192.0.2.1',
  firewall: 'learn',
  recovering: 42,
  recoveringPorts: 0,
  evicted: 0,
  ovsdb: true,
  connected: true,
  state: 'steady',
  flows: 7,
  pending: 0,
  unsentBytes: 0,
  refused: 0,
  drift: 0,
  foreign: 0,
  foreignMeters: 0,
  ports: 2,
  portsUp: 1,
  problem: null,
};

describe('makeRegistry', () => {
  it('shows what is true at the scrape, looks once, and counts nothing for what is not accepted', async () => {
    let looks = 0;
    let now: SwitchStatus[] = [HV1, { ...HV1, state: 'pending', flows: 0, ports: 0 }];
    const registry = makeRegistry(() => {
      looks += 1;
      return now;
    });
    const first = await registry.metrics();
    expect(looks).toBe(1);
    expect(first).toContain('tenantflow_switches{state="steady"} 1\n');
    expect(first).toContain('tenantflow_switches{state="pending"} 1\n');
    expect(first).toContain('tenantflow_switch_flows{switch="hv1"} 7\n');
    expect(first).toContain('tenantflow_switch_recovery_seconds{switch="hv1"} 42\n');
    expect(first).toContain('tenantflow_switch_ports_up{switch="hv1"} 1\n');
    now = [{ ...HV1, flows: 8 }];
    const second = await registry.metrics();
    expect(second).toContain('tenantflow_switch_flows{switch="hv1"} 8\n');
    expect(second).not.toContain('state="pending"');
  });
});
