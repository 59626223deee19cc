import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hypervisor, type Resource, waitFor } from '#lab';
import { freshlyCompiled, installed, storeOf } from './chaos/fresh-compile.ts';
import { Cloud, type SwitchRow } from './cloud.ts';
import { tenantflow } from './fixtures/tenantflow.ts';

/** A database that keeps its connection and says and takes nothing (SIGSTOP), beside its switch, which goes on, and others. */
let cloud: Cloud;
let network: Resource;
let deaf: Hypervisor;
let well: Hypervisor;
/** Interfaces plugged so far: each has a name of its own. */
let count = 0;

beforeAll(async () => {
  cloud = await Cloud.create(2);
  [deaf, well] = [cloud.hypervisor(1), cloud.hypervisor(2)];
  network = await cloud.network('shared');
  for (const hypervisor of cloud.hypervisors) await active(await plug(hypervisor));
});
afterAll(() => cloud.stop());

it('is told with the reason, holds nobody up, and is read anew once it goes on', async () => {
  deaf.ovs.database.pause();
  // Its switch gets what others' ports ask of it.
  await active(await plug(well));
  await hasItsFlows();
  await waitFor(async () => !(await row()).ovsdb, { what: 'the database to be given up' });
  expect(await row()).toMatchObject({ state: 'steady', connected: true, ovsdb: false });
  expect((await tenantflow(['status'])).stdout).toMatch(
    /^hv1: its switch is connected and kept right, but its database is not, .*: the peer did not answer in time$/m,
  );
  const closed = cloud.controller.log().filter(({ msg }) => msg === 'hypervisor disconnected');
  expect(closed).toEqual([expect.objectContaining({ chassis: 'hv1', reason: 'OVSDB_TIMEOUT' })]);
  await active(await plug(well));
  await hasItsFlows();

  deaf.ovs.database.resume();
  await active(await plug(deaf));
  await cloud.steady();
  expect((await row()).problem).toBeNull();
  await hasItsFlows();
});

/** Plugs a new port of the network. */
async function plug(hypervisor: Hypervisor): Promise<Resource> {
  count += 1;
  const port = await cloud.controller.rest.create('port', { network_id: network.id });
  await hypervisor.vsctl(
    ...['add-port', 'br-int', `tap${count}`, '--', 'set', 'interface', `tap${count}`, 'type=internal'],
    `external_ids:iface-id=${port.id}`,
  );
  return port;
}

function active(port: Resource): Promise<void> {
  return cloud.status(port, 'ACTIVE');
}

async function hasItsFlows(): Promise<void> {
  expect(await installed(deaf.ovs)).toEqual(freshlyCompiled(await storeOf(cloud.controller), 'hv1', {}));
}

async function row(): Promise<SwitchRow> {
  const found = (await cloud.switches()).find(({ id }) => id === 'hv1');
  if (found === undefined) throw new Error('hv1 is not there');
  return found;
}
