import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resource } from '#lab';
import { waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { flowAges, touchedBetween } from './flow-ages.ts';

/** What ends and comes back: the controller by kill -9, a switch, a hand that undoes what was set up. */
let cloud: Cloud;
let network: Resource;
let guests: readonly Guest[];

beforeAll(async () => {
  // Flows differ while running sessions are taken up.
  cloud = await Cloud.create(2, {}, { args: ['--firewall-recovery', '2'] });
  network = await cloud.network('steady');
  guests = [
    await cloud.guest(network, cloud.hypervisor(1), 1),
    await cloud.guest(network, cloud.hypervisor(2), 2),
  ];
});
afterAll(() => cloud.stop());

describe('kill -9 of the controller', () => {
  it('loses no ping, rewrites no flow, forgets no object, and a new port comes up after its return', async () => {
    const [one, two] = guests;
    if (!one || !two) throw new Error('no guests');
    const resourcesBefore = await everything();
    const flowsBefore = await Promise.all(cloud.hypervisors.map(flowAges));
    const pings = one.vm.startPing(two.vm.ip, { intervalMs: 10 });
    await waitFor(() => pings.received > 50, { what: 'pings to run' });

    await cloud.controller.kill();
    const atKill = pings.received;
    await waitFor(() => pings.received > atKill + 200, { what: 'pings without a controller' });
    await cloud.controller.start();
    await cloud.steady();
    const atReturn = pings.received;
    await waitFor(() => pings.received > atReturn + 100, { what: 'pings after the return' });

    const result = await pings.stop();
    expect(result.lost).toEqual([]);
    expect(result.duplicates).toBe(0);
    expect(await everything()).toEqual(resourcesBefore);
    const flowsAfter = await Promise.all(cloud.hypervisors.map(flowAges));
    // A flow that had been rewritten would count from its rewriting.
    expect(touchedBetween(flowsBefore, flowsAfter)).toEqual([[], []]);

    const { vm } = await cloud.guest(network, cloud.hypervisor(1), 3);
    expect((await vm.ping(two.vm.ip)).received).toBe(3);
  });
});

describe('a restart of Open vSwitch', () => {
  it('gets all flows back', async () => {
    const [one, two] = guests;
    const hypervisor = cloud.hypervisor(2);
    const before = await hypervisor.dumpFlows();
    await hypervisor.restart();
    await cloud.lab.warmUp();
    await waitFor(async () => (await hypervisor.dumpFlows()).join() === before.join(), {
      what: 'the flows to be back',
    }).catch(() => undefined);
    expect(await hypervisor.dumpFlows()).toEqual(before);
    // What flows see of fragments is forgotten with them.
    expect(await hypervisor.ofctl('get-frags', 'br-int')).toBe('nx-match\n');
    const once = { count: 1, waitMs: 500 };
    await waitFor(async () => ((await one?.vm.ping(two?.vm.ip ?? '', once))?.received ?? 0) === 1, {
      what: 'a ping to arrive',
    });
    expect((await one?.vm.ping(two?.vm.ip ?? ''))?.received).toBe(3);
  });
});

describe('a switch process that is killed together with its host’s address', () => {
  it('is seen to be silent, though no packet tells of its end, and comes back', async () => {
    const hypervisor = cloud.hypervisor(2);
    const states = async () =>
      (await cloud.switches()).map(({ state, connected, ovsdb }) => [state, connected, ovsdb].join(' '));
    await cloud.steady();
    await hypervisor.ovs.vswitchd.kill();
    // After 15 seconds of silence the connection ends, and it would be absent.
    await waitFor(async () => (await states()).join() === 'steady true true,silent false false', {
      what: 'the switch to be silent',
      timeoutMs: 15_000,
    });
    await hypervisor.start();
    await cloud.lab.warmUp();
    await waitFor(async () => (await hypervisor.dumpFlows()).length > 0, { what: 'flows' });
    await waitFor(async () => (await states()).join() === 'steady true true,steady true true', {
      what: 'the switch to be there',
    });
  });
});

describe('what somebody undoes on a hypervisor is done again', () => {
  const undone: readonly [string, readonly string[]][] = [
    ['its controller', ['del-controller', 'br-int']],
    ['its tunnel port', ['del-port', 'br-int', 'tf-vxlan']],
    ['the tunnel’s options', ['set', 'interface', 'tf-vxlan', 'options:remote_ip=192.0.2.1']],
    ['the bridge’s protocols', ['set', 'bridge', 'br-int', 'protocols=OpenFlow10']],
    ['fail_mode', ['set', 'bridge', 'br-int', 'fail_mode=standalone']],
  ];
  it.each(undone)('%s', async (_what, command) => {
    const [one, two] = guests;
    const hypervisor = cloud.hypervisor(1);
    const settings = async () => (await hypervisor.vsctl('show')).replace(/ +is_connected: true\n/g, '');
    const state = async () =>
      [...(await settings()).split('\n').sort(), ...(await hypervisor.dumpFlows())].join('\n');
    const before = await state();
    await hypervisor.vsctl(...command);
    await waitFor(async () => (await state()) === before, { what: 'all to be as before' }).catch(
      () => undefined,
    );
    expect(await state()).toBe(before);
    await hypervisor.configured();
    await cloud.caughtUp();
    expect((await one?.vm.ping(two?.vm.ip ?? ''))?.received).toBe(3);
  });
});

/** All networks, subnets and ports, as the API shows them. */
async function everything(): Promise<unknown> {
  const { rest } = cloud.controller;
  return {
    networks: await rest.list('network'),
    subnets: await rest.list('subnet'),
    ports: await rest.list('port'),
  };
}
