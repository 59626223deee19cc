import { describe, expect, it } from 'vitest';
import type { FirewallPort } from '#apps';
import { zonesThatCome } from './fresh-zones.ts';

describe('zones whose connections are forgotten', () => {
  it('are those of ports that come, or get another zone', () => {
    expect(zonesThatCome({ gone: [], come: [port(1, 2)] })).toEqual([2]);
    expect(zonesThatCome({ gone: [port(1, 2)], come: [port(1, 3)] })).toEqual([3]);
    expect(zonesThatCome({ gone: [port(1, 2)], come: [port(5, 2)] })).toEqual([2]);
    expect(zonesThatCome({ gone: [learning(1)], come: [port(1, 2)] })).toEqual([2]);
  });

  it('are none of ports that stay, whatever else changes, or that learn, or go', () => {
    expect(zonesThatCome({ gone: [port(1, 2)], come: [{ ...port(1, 2), policy: 9 }] })).toEqual([]);
    expect(zonesThatCome({ gone: [], come: [learning(1)] })).toEqual([]);
    expect(zonesThatCome({ gone: [port(1, 2)], come: [] })).toEqual([]);
  });
});

function port(key: number, zone: number): FirewallPort {
  return { kind: 'firewallPort', key, policy: 1, memory: { backend: 'conntrack', zone } };
}

function learning(key: number): FirewallPort {
  const timeouts = { tcp: 60, tcpClosing: 20, other: 30 };
  return { kind: 'firewallPort', key, policy: 1, memory: { backend: 'learn', timeouts } };
}
