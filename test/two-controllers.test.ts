import { copyFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BROADCAST,
  CHECKOUT,
  CONTROLLER_ADDRESS,
  type ControllerProcess,
  ETHERTYPE,
  ethernet,
  type Hypervisor,
  type LogLine,
  labFolder,
  run,
  waitFor,
} from '#lab';
import { Cloud, type Guest, macOf, type SwitchRow } from './cloud.ts';
import { flowAges, touchedBetween } from './flow-ages.ts';

/** Two controllers as processes, the second from a backup of the first, and one hypervisor that calls both. */
let cloud: Cloud;
let host: Hypervisor;
let one: ControllerProcess;
let two: ControllerProcess;
let limited: Guest;
let device: string;

const ARGS = ['--broadcast-limit', '1/20', '--audit-interval', '1'];
const HOST = '0.0.0.0';
const LOCAL = '127.0.0.1';
const OVSDB = 16_640;

beforeAll(async () => {
  cloud = await Cloud.create(1, {}, { args: ARGS });
  host = cloud.hypervisor(1);
  one = cloud.controller;
  const network = await cloud.network('shared');
  limited = await cloud.guest(network, host, 1);
  await cloud.guest(network, host, 2);
  device = limited.vm.place.device;
  await cloud.caughtUp();
  await storm();
  two = cloud.lab.controller({
    ...{ name: 'second', openflow: `${HOST}:16653`, ovsdb: `${HOST}:${OVSDB}`, args: ARGS },
    ...{ api: `${LOCAL}:19696`, metrics: `${LOCAL}:19697` },
  });
  const file = `${labFolder('second')}/backup`;
  await run([`${CHECKOUT}/bin/tenantflow`, 'backup', file]);
  await run([`${CHECKOUT}/bin/tenantflow`, 'restore', file, '--data-dir', two.dataDir]);
});
afterAll(() => cloud.stop());

describe('a second controller of a hypervisor', () => {
  it('is its master from when it starts, and rewrites neither flows nor meters', async () => {
    const [flows, meter, count] = [await flowAges(host), await meters(), await metered(one)];
    expect(meter).toContain('rate=1 burst_size=20');
    expect(count).toBeGreaterThan(0);
    const before = marks();
    await two.start();
    await setManagers();
    await isMaster(two, one);
    expect(touchedBetween([flows], [await flowAges(host)])).toEqual([[]]);
    expect([await meters(), await metered(two)]).toEqual([meter, count]);
    expect(await host.vsctl('get-controller', 'br-int')).toBe(`tcp:${CONTROLLER_ADDRESS}:16653\n`);
    expect(written(one, before)).toEqual([]);
    expect(written(two, before)).toEqual(['external_ids:tenantflow-generation', 'bridge br-int controller']);
    await waitFor(async () => (await two.rest.show('port', limited.port.id)).status === 'ACTIVE', {
      what: 'the port to be ACTIVE for its new master',
    });
  });

  it('alone repairs what hands have changed, once', async () => {
    const [before, flows, meter] = [marks(), await host.dumpFlows(), await meters()];
    await host.vsctl('set', 'port', device, 'tag=4095');
    await host.vsctl('del-port', 'tf-vxlan');
    await waitFor(() => written(two, before).includes('port tf-vxlan'), { what: 'the tunnel to be back' });
    await host.ofctl('--strict', 'del-flows', 'br-int', 'table=0,priority=0');
    await host.ofctl('del-meter', 'br-int', `meter=${/meter=(\d+)/.exec(meter)?.[1]}`);
    await waitFor(async () => JSON.stringify(await host.dumpFlows()) === JSON.stringify(flows), {
      what: 'the flows to be repaired',
    });
    expect(await meters()).toBe(meter);
    await steady(two);
    expect(written(two, before).sort()).toEqual([`port ${device} VLAN settings`, 'port tf-vxlan']);
    expect([written(one, before), installed(one, before)]).toEqual([[], []]);
  });
});

describe('a master that is suspended', () => {
  it('writes nothing when it goes on, neither what it would repair by what it has heard nor what it is asked for', async () => {
    const before = marks();
    two.daemon.pause();
    await host.vsctl('set', 'port', device, 'tag=4095');
    // So much that it reads and begins to repair long before it can read of its successor.
    for (const round of [1, 2, 3, 4]) await host.vsctl('set', 'interface', 'eth0', ...padding(round));
    await one.restart();
    await isMaster(one, undefined);
    await waitFor(() => written(one, before).includes(`port ${device} VLAN settings`), {
      what: 'the repair',
    });
    const flows = await flowAges(host);
    const [meter, controller] = [await meters(), await host.vsctl('get-controller', 'br-int')];
    two.daemon.resume();
    await isMaster(one, two);
    const network = await two.rest.create('network', { name: 'late' });
    await two.rest.create('port', { network_id: network.id, 'binding:host_id': host.name });
    await two.rest.delete('port', limited.port.id);
    await waitFor(() => refused(two, before).length > 0, { what: 'the stale repair to be refused' });
    expect(refused(two, before)).toEqual([[`port ${device} VLAN settings`]]);
    expect([written(two, before), installed(two, before)]).toEqual([[], []]);
    expect(written(one, before).filter((what) => what.startsWith('port '))).toEqual([
      `port ${device} VLAN settings`,
    ]);
    expect(touchedBetween([flows], [await flowAges(host)])).toEqual([[]]);
    expect([await meters(), await host.vsctl('get-controller', 'br-int')]).toEqual([meter, controller]);
  });

  it('is master again by a restart, and then has all as it was asked for', async () => {
    await two.restart();
    await isMaster(two, one);
    // It was asked to delete one of the two ports that have a meter.
    await waitFor(async () => (await meters()).match(/meter=/g)?.length === 1, { what: 'the meter to go' });
    await host.vsctl('clear', 'interface', 'eth0', 'external_ids');
  });
});

describe('a database that is restored to when the older controller was its master', () => {
  it('gives that no flow to write, though it knows of no newer, and the newer one has it back when it reads', async () => {
    const { database, folder } = host.ovs;
    await one.restart();
    await isMaster(one, two);
    // A database file only grows at its end: a copy is a backup at any time.
    await copyFile(`${folder}/conf.db`, `${folder}/older.db`);
    const older = await generation();
    await two.restart();
    await isMaster(two, one);
    const [newer, flows, meter, before] = [await generation(), await flowAges(host), await meters(), marks()];
    two.daemon.pause();
    await database.stop();
    await copyFile(`${folder}/older.db`, `${folder}/conf.db`);
    await host.ovs.start();
    // The database names the older one again, the switch remembers the newer, and that decides about flows.
    const isFree = () => since(one, before, 'this hypervisor has no other master any more').length > 0;
    await waitFor(isFree, { what: 'the older one to be free to write, as far as the database goes' });
    await waitFor(
      async () => (await row(one))?.problem?.startsWith(`another controller, of generation ${newer}, `),
      { what: 'the switch to tell of its master' },
    );
    expect(await generation()).toBe(older);
    expect((await row(one))?.state).toBe('outranked');
    two.daemon.resume();
    await isMaster(two, one);
    expect(await generation()).toBe(newer);
    expect(touchedBetween([flows], [await flowAges(host)])).toEqual([[]]);
    expect(await meters()).toBe(meter);
    expect([installed(one, before), installed(two, before)]).toEqual([[], []]);
  });
});

/** Has the hypervisor call both, and wait for those that say nothing. */
async function setManagers(): Promise<void> {
  await host.vsctl('set-manager', ...[6640, OVSDB].map((port) => `tcp:${CONTROLLER_ADDRESS}:${port}`));
  const uuids = (await host.vsctl('--bare', '--columns=_uuid', 'list', 'manager'))
    .split(/\s+/)
    .filter(Boolean);
  await host.vsctl(...uuids.flatMap((uuid) => ['--', 'set', 'manager', uuid, 'inactivity_probe=0']));
}

/** Waits until one is steady, by database and switch, and the other, if it is to be asked, shows by whom it is outranked. */
async function isMaster(master: ControllerProcess, other: ControllerProcess | undefined): Promise<void> {
  await steady(master);
  const named = await generation();
  await waitFor(
    async () =>
      !other || (await row(other))?.problem?.startsWith(`another controller, of generation ${named}, `),
    {
      what: `the other to be outranked by ${named}`,
    },
  );
  if (other) expect((await row(other))?.state).toBe('outranked');
}

/** Whom the database names. */
async function generation(): Promise<string> {
  return JSON.parse(await host.vsctl('get', 'Open_vSwitch', '.', 'external_ids:tenantflow-generation'));
}

function steady(controller: ControllerProcess): Promise<unknown> {
  return waitFor(async () => (await row(controller))?.state === 'steady', {
    what: 'the master to be steady',
  });
}

async function row(controller: ControllerProcess): Promise<SwitchRow | undefined> {
  const rows = (await controller.rest.request('GET', '/v1/switches')) as readonly SwitchRow[];
  return rows.find(({ id }) => id === host.name);
}

/** How long each log is: what comes after is looked at. */
function marks(): ReadonlyMap<ControllerProcess, number> {
  return new Map([one, two].map((each) => [each, logOf(each).length]));
}

function since(
  controller: ControllerProcess,
  before: ReadonlyMap<ControllerProcess, number>,
  msg: string,
): readonly LogLine[] {
  return logOf(controller)
    .slice(before.get(controller))
    .filter((line) => line.msg === msg);
}

/** It may not have been started yet. */
function logOf(controller: ControllerProcess): readonly LogLine[] {
  return controller.daemon.logTail(1) === '' ? [] : controller.log();
}

/** What it has written to the database, each as often as it did, but for how soon its own manager calls again. */
function written(controller: ControllerProcess, before: ReadonlyMap<ControllerProcess, number>): string[] {
  return since(controller, before, 'hypervisor repaired').flatMap(({ repairs }) =>
    (repairs as string[]).filter((what) => !what.startsWith('manager ')),
  );
}

/** What the database would not have of it any more. */
function refused(
  controller: ControllerProcess,
  before: ReadonlyMap<ControllerProcess, number>,
): readonly unknown[] {
  return since(controller, before, 'nothing repaired: the database has another master by now').map(
    ({ repairs }) => repairs,
  );
}

function installed(
  controller: ControllerProcess,
  before: ReadonlyMap<ControllerProcess, number>,
): readonly LogLine[] {
  return since(controller, before, 'flows installed');
}

/** Settings of an interface with more than a megabyte of nothing, below what one argument of a command may be long. */
function padding(round: number): readonly string[] {
  return Array.from({ length: 14 }, (_, at) => `external_ids:pad-${round}-${at}=${'x'.repeat(100_000)}`);
}

/** More broadcasts than the guest may send. */
async function storm(): Promise<void> {
  for (let at = 0; at < 100; at++)
    await limited.vm.send(
      ethernet(
        { src: macOf(1), dst: BROADCAST, vlans: [], type: ETHERTYPE.experiment },
        Buffer.from(`${at}`),
      ),
    );
  await cloud.lab.quiet();
  await waitFor(async () => (await metered(one)) > 0, { what: 'the meter to count' });
}

/** Our meters, one a line. */
async function meters(): Promise<string> {
  return (await host.ofctl('dump-meters', 'br-int'))
    .replaceAll('bands=\n', 'bands=')
    .replace(/^OFPST.*\n/, '');
}

/** Packets that meters have dropped. */
async function metered({ rest }: ControllerProcess): Promise<number> {
  const rows = (await rest.request('GET', `/v1/switches/${host.name}/drops`)) as readonly {
    readonly name: string;
    readonly packets: number;
  }[];
  return rows.find(({ name }) => name === 'broadcast-limit')?.packets ?? 0;
}
