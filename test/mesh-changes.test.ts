import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hypervisor, type Resource, waitFor } from '#lab';
import { Cloud } from './cloud.ts';
import { flowAges, touchedBetween } from './flow-ages.ts';

/**
 * Hypervisors join, leave and change how they are reached, on real switches; the flows' ages tell which of them were
 * touched. Each of three hypervisors hosts two ports of a network of each type.
 */
const TYPES = ['vxlan', 'gre', 'geneve'] as const;
const HOSTS = [1, 2, 3] as const;
let cloud: Cloud;
const networks = new Map<string, Resource>();

beforeAll(async () => {
  cloud = await Cloud.create(HOSTS.length, { 'tenantflow-encap-type': TYPES.join(',') });
  for (const type of TYPES) {
    // Without security groups, whose members each have a flow on all of their switches, the mesh is all that there is.
    const attributes = { 'provider:network_type': type, port_security_enabled: false };
    const network = await cloud.network(type, attributes);
    networks.set(type, network);
    for (const host of HOSTS)
      for (const number of [host, host + 10]) await cloud.guest(network, cloud.hypervisor(host), number);
  }
  // So that a flow that is put there anew is younger than before.
  await sleep(1_000);
});
afterAll(() => cloud.stop());

/** Does something and returns what it touched on each of the three switches. */
async function touchedBy(work: () => Promise<void>): Promise<readonly (readonly string[])[]> {
  const before = await Promise.all(cloud.hypervisors.map(flowAges));
  await work();
  return touchedBetween(before, await Promise.all(cloud.hypervisors.map(flowAges)));
}

async function set(hypervisor: Hypervisor, key: string, value: string): Promise<void> {
  await hypervisor.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', `external_ids:${key}="${value}"`);
}

/** Waits until the flows of a hypervisor are as told, and all switches are steady. */
async function until(hypervisor: Hypervisor, what: string, test: (flows: string) => boolean): Promise<void> {
  await waitFor(async () => test((await hypervisor.dumpFlows()).join('\n')), { what });
  await waitFor(async () => (await cloud.switches()).every(({ state }) => state !== 'installing'), {
    what: 'the switches to be steady',
  });
}

const kindsOf = (facts: readonly string[]) => [...new Set(facts.map((fact) => fact.split(' ')[0]))].sort();

describe('the flows of ports are not touched', () => {
  it('by a hypervisor’s new address, except two flows for each tunnel type on each other hypervisor', async () => {
    const [changed, other] = [cloud.hypervisor(2), cloud.hypervisor(1)];
    const address = '172.31.0.102';
    const [first = [], second = [], third = []] = await touchedBy(async () => {
      await set(changed, 'tenantflow-encap-ip', address);
      for (const each of [other, cloud.hypervisor(3)])
        await until(each, 'the new address', (flows) => flows.split(`tun_src=${address}`).length === 4);
    });
    expect(second).toEqual([]);
    for (const facts of [first, third]) {
      expect(kindsOf(facts)).toEqual(['peer']);
      // One that went and one that came for what comes from it, and the same for what goes there.
      expect(facts).toHaveLength(4 * TYPES.length);
    }
    await touchedBy(async () => {
      await set(changed, 'tenantflow-encap-ip', changed.address);
      for (const each of [other, cloud.hypervisor(3)])
        await until(each, 'the old address', (flows) => !flows.includes(address));
    });
  });

  it('by an address of another family', async () => {
    const changed = cloud.hypervisor(2);
    const facts = await touchedBy(async () => {
      await set(changed, 'tenantflow-encap-ip', `${changed.address},${changed.address6}`);
      for (const each of [cloud.hypervisor(1), cloud.hypervisor(3)])
        await until(each, 'the new address', (flows) => flows.includes(`tun_ipv6_src=${changed.address6}`));
      await until(changed, 'its own address', (flows) => flows.includes(`${changed.address}->tun_src`));
    });
    for (const each of facts) expect(kindsOf(each)).toEqual(['peer']);
  });

  it('by a tunnel type that a hypervisor no longer offers, except for the networks of that type', async () => {
    const changed = cloud.hypervisor(3);
    const [first = [], second = [], third = []] = await touchedBy(async () => {
      await set(changed, 'tenantflow-encap-type', 'vxlan,geneve');
      await waitFor(async () => !(await changed.vsctl('list-ports', 'br-int')).includes('tf-gre'), {
        what: 'the tunnel port to go',
      });
      for (const each of [cloud.hypervisor(1), cloud.hypervisor(2)])
        await until(
          each,
          'the peer to go',
          (flows) => flows.split(`tun_src=${changed.address}`).length === 3,
        );
      await until(changed, 'its own end', (flows) => !flows.includes('tun_src=172.31.0.1,in_port="tf-gre"'));
    });
    for (const facts of [first, second]) {
      expect(kindsOf(facts)).toEqual(['peer', 'remotePort', 'segment']);
      // One peer, the two ports there, and one network.
      expect(new Set(facts).size).toBe(4);
    }
    expect(kindsOf(third)).toEqual(['peer', 'segment', 'tunnelPort']);
    expect(third.filter((fact) => fact.startsWith('segment')).every((fact) => first.includes(fact))).toBe(
      true,
    );
  });

  it('by a hypervisor that joins, and one that leaves: what changes is the list of one network', async () => {
    const before = await Promise.all(cloud.hypervisors.map(flowAges));
    const network = networks.get('vxlan');
    if (!network) throw new Error('no network');
    const newcomer = await cloud.lab.hypervisor('hv4');
    const joined = await touchedBy(async () => {
      await newcomer.attach();
      await waitFor(async () => (await newcomer.vsctl('list-br')).includes('br-int'), { what: 'its bridge' });
      await cloud.guest(network, newcomer, 40);
      for (const each of cloud.hypervisors)
        await until(each, 'the new peer', (flows) => flows.includes(`tun_src=${newcomer.address}`));
    });
    for (const facts of joined) {
      expect(kindsOf(facts)).toEqual(['peer', 'remotePort', 'segment']);
      expect(new Set(facts).size).toBe(3);
    }
    await newcomer.vsctl('del-manager');
    await waitFor(() => cloud.controller.rest.request('DELETE', '/v1/switches/hv4').then(() => true), {
      what: 'hv4 to be forgotten',
    });
    for (const each of cloud.hypervisors)
      await until(each, 'the peer to go', (flows) => !flows.includes(`tun_src=${newcomer.address}`));
    const after = await Promise.all(cloud.hypervisors.map(flowAges));
    const flows = (all: typeof after) => all.map(({ ages }) => [...ages.keys()].sort());
    expect(flows(after)).toEqual(flows(before));
    for (const facts of touchedBetween(before, after)) expect(kindsOf(facts)).toEqual(['segment']);
  });
});
