import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Resource, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { flowAges, touchedBetween } from './flow-ages.ts';

/** `--deny-log`: what is denied stands in the log, so many packets a second, also after a restart that rewrites no flow. */
const RATE = 5;
let cloud: Cloud;
let network: Resource;
let guest: Guest;
let stranger: Guest;

beforeAll(async () => {
  cloud = await Cloud.create(1, {}, { args: ['--deny-log', `${RATE}`] });
  network = await cloud.network('red');
  guest = await cloud.guest(network, cloud.hypervisor(1), 1);
  const group = await cloud.controller.rest.create('security_group', { name: 'other' });
  const port = await cloud.createPort(network, 2, { security_groups: [group.id] });
  const vm = await cloud.createVm(2);
  await cloud.hypervisor(1).plug(vm, port.id);
  await cloud.status(port, 'ACTIVE');
  stranger = { vm, port };
});
afterAll(() => cloud.stop());

/** Lines of the log about what the guest was not sent. */
function logged(): readonly Record<string, unknown>[] {
  return readFileSync(cloud.controller.daemon.log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"packet denied"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ port_id: id, source }) => id === guest.port.id && source === stranger.vm.ip);
}

/** Guests' own stacks send what is denied, too, and the meter is of all: so it is tried again. */
async function isLogged(): Promise<void> {
  const before = logged().length;
  await waitFor(
    async () => {
      expect((await stranger.vm.ping(guest.vm.ip, { waitMs: 500 })).received).toBe(0);
      return logged().length > before;
    },
    { what: 'a line in the log' },
  );
}

it('logs what is denied, in the words of tenants', async () => {
  await isLogged();
  expect(logged()[0]).toMatchObject({
    ...{
      level: 'info',
      switch: 'hv1',
      network_id: network.id,
      reason: 'denied',
      protocol: 'icmp',
      icmp_type: 8,
    },
    ...{ source: stranger.vm.ip, destination: guest.vm.ip },
  });
});

it('goes on when the controller is another, by the flows that are there', async () => {
  const before = await flowAges(cloud.hypervisor(1));
  const shows = [...before.ages.keys()].filter((flow) => flow.includes('CONTROLLER'));
  expect(shows).toHaveLength(4);
  await cloud.controller.kill();
  await cloud.controller.start();
  await cloud.steady();
  await isLogged();
  expect(touchedBetween([before], [await flowAges(cloud.hypervisor(1))])).toEqual([[]]);
});
