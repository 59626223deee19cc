import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resource, Vm } from '#lab';
import { Cloud } from './cloud.ts';
import { Arrivals } from './firewall/arrivals.ts';

/**
 * Frames that cases have no words for: guests' own tags, on a network that carries them, MAC addresses that do not go with
 * the IP address, and fields that only one of the back ends sees (docs/adr/0035). `a` may send UDP to port 53, TCP to port 80
 * and pings; `b` may do anything.
 */
const ANSWER_OF_ANOTHER_TAG = { learn: false, conntrack: true };
const ANSWER_OF_ANOTHER_IDENTIFIER = { learn: true, conntrack: false };
const BROADCAST = 0xffffffffffffn;

describe.each(['learn', 'conntrack'] as const)('answers in other frames: %s', (backend) => {
  let cloud: Cloud;
  let packets: Arrivals;
  const arrives: Arrivals['arrives'] = (...packet) => packets.arrives(...packet);

  beforeAll(async () => {
    cloud = await Cloud.create(1, { 'tenantflow-firewall': backend }, { args: ['--firewall-recovery', '0'] });
    const { rest } = cloud.controller;
    const network = await cloud.network('clear', { vlan_transparent: true });
    const group = await rest.create<Resource & { security_group_rules: readonly Resource[] }>(
      'security_group',
      {
        name: 'dns',
      },
    );
    for (const rule of group.security_group_rules) await rest.delete('security_group_rule', rule.id);
    for (const rule of [
      { protocol: 'udp', port_range_min: 53, port_range_max: 53 },
      { protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
      { protocol: 'icmp' },
    ])
      await rest.create('security_group_rule', {
        ...{ security_group_id: group.id, direction: 'egress', ethertype: 'IPv4', ...rule },
      });
    const security = {
      a: { security_groups: [group.id] },
      b: { port_security_enabled: false, security_groups: [] },
    };
    const vms = new Map<string, Vm>();
    for (const [at, [name, attributes]] of Object.entries(security).entries()) {
      const port = await cloud.createPort(network, at + 1, attributes);
      const vm = await cloud.createDeafVm(at + 1);
      vms.set(name, vm);
      await cloud.hypervisor(1).plug(vm, port.id);
      await cloud.status(port, 'ACTIVE');
    }
    packets = new Arrivals(cloud, (name) => vms.get(name) ?? nobody(name));
    await cloud.caughtUp();
  });
  afterAll(() => cloud.stop());

  it('arrive with the tag of the request', async () => {
    expect(await arrives('a > b udp 999 53', { vlan: 10 })).toBe(true);
    expect(await arrives('b > a udp 53 999', { vlan: 10 })).toBe(true);
  });

  it('arrive with another tag, or without, where the back end ignores tags', async () => {
    expect(await arrives('a > b udp 998 53', { vlan: 10 })).toBe(true);
    expect(await arrives('b > a udp 53 998', { vlan: 20 })).toBe(ANSWER_OF_ANOTHER_TAG[backend]);
    expect(await arrives('b > a udp 53 998')).toBe(ANSWER_OF_ANOTHER_TAG[backend]);
  });

  it('to the broadcast MAC address do not count as answers', async () => {
    expect(await arrives('a > b udp 997 53')).toBe(true);
    expect(await arrives('b > a udp 53 997', { targetMac: BROADCAST })).toBe(false);
    expect(await arrives('b > a udp 53 997')).toBe(true);
  });

  it('to another ping arrive where the back end ignores its identifier', async () => {
    const word = { at: 4, value: 0x7777 };
    expect(await arrives('a > b icmp 8 0')).toBe(true);
    expect(await arrives('b > a icmp 0 0', { word })).toBe(ANSWER_OF_ANOTHER_IDENTIFIER[backend]);
    expect(await arrives('b > a icmp 0 0')).toBe(true);
  });

  it('far outside a TCP connection’s window arrive, since neither back end checks it', async () => {
    expect(await arrives('a > b tcp 995 80 S')).toBe(true);
    expect(await arrives('b > a tcp 80 995 SA')).toBe(true);
    expect(await arrives('a > b tcp 995 80 A')).toBe(true);
    const word = { at: 4, value: 0x4000 };
    expect(await arrives('b > a tcp 80 995 A', { word })).toBe(true);
    expect(await arrives('b > a tcp 80 995 A')).toBe(true);
  });

  it('are expected from nobody when the request went to the broadcast MAC address', async () => {
    expect(await arrives('a > b udp 996 53', { targetMac: BROADCAST })).toBe(true);
    expect(await arrives('b > a udp 53 996')).toBe(false);
  });
});

function nobody(name: string): never {
  throw new Error(`nobody has the name ${name}`);
}
