import { connect } from 'ovsdb-client-ts';
import type { TestServer } from 'ovsdb-client-ts/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ThrottledLog } from '#controller/base/throttled-log';
import { Fence } from './fence.ts';
import { type HypervisorResult, readHypervisor } from './hypervisor.ts';
import { eachWithInventory, GENERATION, hv, InventoryFixture, until } from './inventory-fixture.ts';
import { Repairer } from './repairer.ts';
import { externalIds, newHypervisorCache } from './view.ts';

/** Two controllers whose managers are both set on a hypervisor. */
const fixture = eachWithInventory();
const KEY = 'external_ids:tenantflow-generation';
const TAKEOVER = KEY;
const NEWER = GENERATION + 1n;
let newer: InventoryFixture;
let server: TestServer;

beforeEach(async () => {
  newer = new InventoryFixture({ generation: NEWER, openflowPort: 6654 });
  await newer.start();
  server = await fixture().hypervisor(hv(1));
  await until(() => fixture().repaired('port tf-vxlan'));
});
afterEach(() => newer.stop());

/** Its manager, too. Resolves when it is the master, and the older one knows. */
async function takeOver(): Promise<void> {
  await server.vsctl('set-manager', fixture().target, newer.target);
  await until(() => newer.repaired(TAKEOVER) && fixture().inventory.outrankedBy('hv1') === NEWER);
}

const named = () => server.vsctl('--if-exists', 'get', 'Open_vSwitch', '.', KEY);
const spoil = () => server.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
const failMode = () => server.vsctl('get', 'bridge', 'br-int', 'fail_mode');
/** What it has written; each makes the row of its own manager as it needs it, too. */
const repairs = (of: InventoryFixture) =>
  of.log
    .filter(({ msg }) => msg === 'hypervisor repaired')
    .flatMap((line) => line.repairs as string[])
    .filter((what) => !what.startsWith('manager '));

describe('the older of two controllers', () => {
  it('is master while it is alone, of a hypervisor that named nobody', async () => {
    expect(await named()).toBe(`"${GENERATION}"`);
    expect(repairs(fixture())).toEqual([TAKEOVER, 'bridge br-int', 'port tf-vxlan']);
  });

  it('leaves all to the newer from then on, and says so once', async () => {
    const before = repairs(fixture()).length;
    await takeOver();
    await until(() => newer.repaired('bridge br-int controller'));
    expect(await server.vsctl('get-controller', 'br-int')).toBe('tcp:127.0.0.1:6654');
    await spoil();
    await until(() => newer.repaired('bridge br-int fail_mode'));
    await server.vsctl('del-br', 'br-int');
    await until(() => newer.repaired('port tf-vxlan'));
    expect(repairs(newer)).toEqual([
      ...[TAKEOVER, 'bridge br-int controller', 'bridge br-int fail_mode', 'bridge br-int', 'port tf-vxlan'],
    ]);
    await until(() => fixture().inventory.outrankedBy('hv1') === NEWER);
    expect(repairs(fixture()).slice(before)).toEqual([]);
    const told = fixture().log.filter(({ msg }) => msg === 'another controller is this hypervisor’s master');
    expect(told).toEqual([
      expect.objectContaining({ chassis: 'hv1', generation: Number(GENERATION), newer: Number(NEWER) }),
    ]);
  });

  it('stays outranked over its own reconnects', async () => {
    await takeOver();
    const { changes } = fixture();
    const before = repairs(fixture()).length;
    await server.vsctl('set-manager', newer.target);
    await until(() => fixture().inventory.sessions().length === 0);
    expect(fixture().inventory.outrankedBy('hv1')).toBe(NEWER);
    const count = changes.length;
    await server.vsctl('set-manager', fixture().target, newer.target);
    await until(() => fixture().status(({ synced }) => synced) && changes.length > count);
    expect(fixture().inventory.outrankedBy('hv1')).toBe(NEWER);
    expect(repairs(fixture()).length).toBe(before);
  });

  it('is master again when nobody newer is named any more and nobody comes to be', async () => {
    await takeOver();
    await newer.inventory.close();
    await spoil();
    expect(await failMode()).toBe('standalone');
    await server.vsctl('remove', 'Open_vSwitch', '.', 'external_ids', 'tenantflow-generation');
    await until(() => fixture().repaired('bridge br-int fail_mode'));
    expect(await named()).toBe(`"${GENERATION}"`);
    expect(fixture().inventory.outrankedBy('hv1')).toBeUndefined();
  });
});

describe('the newer of two controllers', () => {
  it.each([
    ['its predecessor’s', String(GENERATION)],
    ['one of long ago', '5'],
    ['what is no number', '-1'],
    ['what no controller has begun', String(2n ** 64n - 1n)],
    ['nobody', undefined],
  ])('is named again when its database, restored or changed by hand, names %s', async (_, text) => {
    await takeOver();
    if (text === undefined)
      await server.vsctl('remove', 'Open_vSwitch', '.', 'external_ids', 'tenantflow-generation');
    else await server.vsctl('set', 'Open_vSwitch', '.', `${KEY}=${JSON.stringify(text)}`);
    await until(() => newer.repaired(TAKEOVER, 2));
    await spoil();
    await until(() => newer.repaired('bridge br-int fail_mode'));
    expect(await named()).toBe(`"${NEWER}"`);
    await until(() => fixture().inventory.outrankedBy('hv1') === NEWER);
  });
});

describe('a hypervisor that names a newer master', () => {
  it('is left alone, and no other is', async () => {
    const other = await fixture().hypervisor(hv(2));
    await until(() => fixture().repaired('port tf-vxlan', 2));
    await server.vsctl('set', 'Open_vSwitch', '.', `${KEY}="${NEWER}"`);
    await until(() => fixture().inventory.outrankedBy('hv1') === NEWER);
    await spoil();
    await other.vsctl('set', 'bridge', 'br-int', 'fail_mode=standalone');
    await until(() => fixture().repaired('bridge br-int fail_mode'));
    expect(await other.vsctl('get', 'bridge', 'br-int', 'fail_mode')).toBe('secure');
    expect(await failMode()).toBe('standalone');
    expect(fixture().inventory.outrankedBy('hv2')).toBeUndefined();
  });

  it('is told of by its switch, too: while that does, nothing is written', async () => {
    const told = new Map<string, bigint>();
    await fixture().restart({ masterOf: (id) => told.get(id) });
    await until(() => fixture().status(({ synced }) => synced));
    told.set('hv1', NEWER);
    await spoil();
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:hostname=later');
    await until(() => fixture().chassis('hv1')?.hostname === 'later');
    expect(await failMode()).toBe('standalone');
    told.delete('hv1');
    fixture().inventory.masterChanged('hv1');
    await until(() => fixture().repaired('bridge br-int fail_mode'));
  });
});

it('a repair that was planned before the takeover, and is sent after it, changes nothing', async () => {
  const session = await connect(server.target);
  const view = newHypervisorCache();
  const monitor = await session.replicate(view);
  await spoil();
  await until(() => fixture().repaired('bridge br-int fail_mode'));
  await session.echo();
  // From here on the stale controller hears nothing, and believes what it last saw.
  if (monitor.ok) await session.cancelMonitor(monitor.result.id);
  const found: HypervisorResult = readHypervisor(externalIds(view));
  if (!found.ok) throw new Error(found.problem);
  await takeOver();
  await until(() => newer.repaired('bridge br-int controller'));
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const throttled = new ThrottledLog(log);
  const repairer = new Repairer({
    ...{ session, throttled, fence: new Fence(session, GENERATION), transport: 'tcp', flowTables: new Map() },
    ...{ openflowPort: 6655, isDialled: false, isReached: () => false, wakeIn: () => undefined },
  });
  await repairer.repair(view, { ...found.hypervisor, encapTypes: ['vxlan', 'gre'] }, log);
  throttled.close();
  session.close();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      repairs: ['bridge br-int controller', 'port tf-gre'],
      msg: 'nothing repaired: the database has another master by now',
    }),
  ]);
  expect(await server.vsctl('get-controller', 'br-int')).toBe('tcp:127.0.0.1:6654');
  expect(await server.vsctl('list-ports', 'br-int')).toBe('tf-vxlan');
});
