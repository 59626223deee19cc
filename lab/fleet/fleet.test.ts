import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '#controller/config/config';
import { type RunningController, startController } from '#controller/controller';
import { RestClient } from '../rest.ts';
import { NO_FAULTS } from './faults.ts';
import { Fleet, type FleetPlug } from './fleet.ts';
import { FleetProcess } from './fleet-process.ts';

const COUNT = 4;
const PORTS = 12;
let folder: string;
/** Read-backs of switches that the controller has logged. */
let readBacks = 0;
let controller: RunningController;
let rest: RestClient;
let fleet: Fleet;

beforeEach(async () => {
  folder = mkdtempSync(`${tmpdir()}/fleet-`);
  readBacks = 0;
  const write = (line: string) => {
    if (line.includes('"msg":"switch read back"')) readBacks += 1;
  };
  const any = '127.0.0.1:0';
  const flags = { 'data-dir': folder, openflow: any, ovsdb: any, api: any, metrics: any };
  const settings = loadSettings({ file: undefined, environment: {}, flags });
  controller = await startController(settings, pino({ level: 'info' }, { write }));
  rest = new RestClient(`http://${controller.addresses.api}`);
});
afterEach(async () => {
  fleet.stop();
  await controller.stop();
  rmSync(folder, { recursive: true });
});

describe('Fleet', () => {
  it('is to a controller what hypervisors are: flows come, stay over a reconnect, and go', async () => {
    fleet = new Fleet({ count: COUNT });
    const plugs = await populate();
    const full = await settled();
    // All there is, as the controller counts it; and byte for byte, or a read-back would change something.
    const seen = readBacks;
    fleet.reset([1, 2, 3, 4]);
    await vi.waitUntil(() => readBacks === seen + COUNT, PATIENCE);
    expect(await settled()).toEqual(full);

    const before = fleet.switches().map(({ confirmedAt }) => confirmedAt);
    const confirmed = fleet.confirmed([1, 2, 3, 4], Math.max(...before));
    fleet.unplug(plugs);
    const last = await confirmed;
    expect(last).toBeGreaterThan(Math.max(...before));
    expect(fleet.confirmedSince(Math.max(...before))).toMatchObject({ count: COUNT });
    expect(fleet.confirmedSince(Number.POSITIVE_INFINITY)).toEqual({ count: 0, last: 0 });
    await vi.waitUntil(() => fleet.switches().every(({ flows }) => flows < (full[0]?.flows ?? 0)), PATIENCE);
    expect(await settled()).not.toEqual(full);
  });

  it('gets all flows though it is slow, refuses some and breaks connections in the middle', async () => {
    fleet = new Fleet({ count: COUNT, seed: 7, faults: { latencyMs: 2, refuseOneIn: 0, breakOneIn: 3 } });
    await populate();
    const { flows } = sum(await settled());
    fleet.behave({ latencyMs: 0, refuseOneIn: 5, breakOneIn: 0 });
    const { id } = await rest.create('port', { network_id: (await rest.list('network'))[0]?.id });
    fleet.plug([{ hypervisor: 1, name: 'late', portId: id }]);
    await vi.waitUntil(async () => (await switches()).some(({ refused }) => refused > 0), PATIENCE);
    fleet.behave({ latencyMs: 0, refuseOneIn: 0, breakOneIn: 0 });
    fleet.reset([1, 2, 3, 4]);
    await vi.waitUntil(() => sum(fleet.switches()).flows > flows, PATIENCE);
    await settled();
  });
});

describe('a switch that reads nothing', () => {
  it('delays no other, is not called steady, and gets all of it once it reads', async () => {
    fleet = new Fleet({ count: COUNT });
    await populate();
    const before = await settled();
    const deaf = fleet.hypervisor(1);
    deaf.behave('deaf');
    const network_id = (await rest.list('network'))[0]?.id;
    for (let at = 0; at < PORTS; at++) {
      const since = Math.max(...fleet.switches().map(({ confirmedAt }) => confirmedAt));
      const confirmed = fleet.confirmed([2, 3, 4], since);
      const { id } = await rest.create('port', { network_id });
      fleet.plug([{ hypervisor: 2, name: `late${at}`, portId: id }]);
      await confirmed;
    }
    await vi.waitUntil(async () => (await states()).slice(1).every((each) => each === 'steady'), PATIENCE);
    expect((await states())[0]).not.toBe('steady');
    // Ports wait for a switch that does not answer, but not for ever.
    await vi.waitUntil(
      async () => (await rest.list('port')).every(({ status }) => status === 'ACTIVE'),
      PATIENCE,
    );
    expect((await states())[0]).not.toBe('steady');
    expect(fleet.switches()[0]?.changes).toBe(before[0]?.changes);
    deaf.behave('well');
    await settled();
    expect(fleet.switches()[0]?.flows).toBeGreaterThan(before[0]?.flows ?? 0);
  });

  async function states(): Promise<readonly string[]> {
    return (await switches()).map(({ state }) => state);
  }
});

describe('a limit of broadcasts', () => {
  it('is a meter that is sent once, and where the switch takes none the port works without', async () => {
    fleet = new Fleet({ count: COUNT });
    const [first, second] = await populate();
    await settled();
    await limit(first);
    await vi.waitUntil(() => fleet.switches()[0]?.meters === 1, PATIENCE);
    fleet.behave({ ...NO_FAULTS, refusesMeters: true });
    const refused = async () => (await switches()).map((each) => each.refused);
    await limit(second);
    await vi.waitUntil(async () => (await refused())[1] === 1, PATIENCE);
    expect(await refused()).toEqual([0, 1, 0, 0]);
    expect((await rest.show('port', second?.portId ?? '')).status).toBe('ACTIVE');

    // What is there stays, though it would not be taken now.
    const before = await settledMeters();
    const seen = readBacks;
    fleet.reset([1, 2, 3, 4]);
    await vi.waitUntil(() => readBacks === seen + COUNT, PATIENCE);
    await vi.waitUntil(async () => (await refused())[1] === 1, PATIENCE);
    expect(await settledMeters()).toEqual(before);
    fleet.behave(NO_FAULTS);
    fleet.reset([2]);
    await vi.waitUntil(() => fleet.switches()[1]?.meters === 1, PATIENCE);
    await settled();
    expect(await refused()).toEqual([0, 0, 0, 0]);
  });

  async function limit(plug: FleetPlug | undefined): Promise<void> {
    await rest.update('port', plug?.portId ?? '', { 'binding:profile': { 'broadcast-limit': '5/9' } });
  }
});

describe('FleetProcess', () => {
  it('is a fleet elsewhere', async () => {
    fleet = new Fleet({ count: 0 });
    const process = new FleetProcess({ count: 2 });
    await process.attach(controller.addresses.ovsdb);
    await vi.waitUntil(async () => (await process.bridges()) === 2, PATIENCE);
    // A switch that is filled confirms twice.
    const isLast = async () => {
      const last = await process.confirmed([1, 2], 0);
      return (await process.switches()).some(({ confirmedAt }) => confirmedAt === last);
    };
    await vi.waitUntil(isLast, PATIENCE);
    await expect(process.unplug([{ hypervisor: 3, name: 'tap' }])).rejects.toThrow('no hypervisor 3');
    await process.stop();
  });
});

const PATIENCE = { timeout: 30_000, interval: 10 };

interface Status {
  readonly state: string;
  readonly flows: number;
  readonly refused: number;
}

async function switches(): Promise<readonly Status[]> {
  return (await rest.request('GET', '/v1/switches')) as readonly Status[];
}

/** A network with ports that are plugged all over the fleet. */
async function populate(): Promise<readonly FleetPlug[]> {
  fleet.attach(controller.addresses.ovsdb);
  await vi.waitUntil(() => fleet.bridges === COUNT, PATIENCE);
  const network = await rest.create('network', { name: 'net' });
  await rest.create('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' });
  const plugs: FleetPlug[] = [];
  for (let at = 0; at < PORTS; at++) {
    const port = await rest.create('port', { network_id: network.id });
    plugs.push({ hypervisor: (at % COUNT) + 1, name: `tap${at}`, portId: port.id });
  }
  fleet.plug(plugs);
  await vi.waitUntil(
    async () => (await rest.list('port')).every(({ status }) => status === 'ACTIVE'),
    PATIENCE,
  );
  return plugs;
}

/** Meters, flows and changes of each switch, once nothing is to be changed but what it refused. */
async function settledMeters() {
  await vi.waitUntil(async () => (await switches()).every(({ state }) => state === 'steady'), PATIENCE);
  return fleet.switches().map(({ id, meters, flows, changes }) => ({ id, meters, flows, changes }));
}

/** Flows and changes of each switch, once the controller says that each has exactly what it ought to. */
async function settled() {
  await vi.waitUntil(async () => {
    const wanted = await switches();
    const have = fleet.switches();
    return wanted.every((each, at) => each.state === 'steady' && each.flows === have[at]?.flows);
  }, PATIENCE);
  return fleet.switches().map(({ id, flows, changes }) => ({ id, flows, changes }));
}

function sum(switches: readonly { readonly flows: number }[]): { readonly flows: number } {
  return { flows: switches.reduce((total, { flows }) => total + flows, 0) };
}
