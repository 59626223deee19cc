import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempt, CHECKOUT, type Hypervisor, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';

let cloud: Cloud;
let staying: Hypervisor;
let leaving: Hypervisor;
let guests: readonly [Guest, Guest];

beforeAll(async () => {
  cloud = await Cloud.create(2);
  [staying, leaving] = [cloud.hypervisor(1), cloud.hypervisor(2)];
  const network = await cloud.network('red');
  guests = [await cloud.guest(network, staying, 1), await cloud.guest(network, leaving, 2)];
});
afterAll(() => cloud.stop());

const forget = (id: string) => attempt([`${CHECKOUT}/bin/tenantflow`, 'forget', id]);
/** Flows of the hypervisor that stays which send to the other's tunnel end. */
const towards = async () =>
  (await staying.dumpFlows()).filter((flow) => flow.includes(`set_field:${leaving.address}->tun_dst`));

it('forgets a hypervisor that is gone for good, and takes it again when it comes back', async () => {
  expect((await towards()).length).toBeGreaterThan(0);
  expect(await forget(leaving.name)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`Switch ${leaving.name} is connected`),
  });
  expect(await forget('nobody')).toMatchObject({
    status: 1,
    stderr: 'tenantflow: Switch nobody could not be found.\n',
  });

  await leaving.vsctl('del-manager');
  await waitFor(async () => (await cloud.switches()).some(({ id, ovsdb }) => id === leaving.name && !ovsdb), {
    what: 'the OVSDB session to end',
  });
  expect((await towards()).length).toBeGreaterThan(0);
  expect(await forget(leaving.name)).toMatchObject({ status: 0, stdout: `forgot ${leaving.name}\n` });
  await waitFor(async () => (await towards()).length === 0, { what: 'the flows towards it to go' });
  await cloud.status(guests[1].port, 'DOWN');
  expect((await cloud.switches()).map(({ id }) => id)).toEqual([staying.name]);

  await leaving.attach();
  await cloud.status(guests[1].port, 'ACTIVE');
  expect((await guests[0].vm.ping(guests[1].vm.ip)).received).toBe(3);
});
