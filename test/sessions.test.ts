import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allowManyConnections,
  compilePrograms,
  LoadClient,
  type Resource,
  startServer,
  type Vm,
  waitFor,
} from '#lab';
import { Cloud } from './cloud.ts';
import { letNothingOut } from './steady-cloud.ts';

/**
 * What becomes of TCP connections of real guests when their switch has forgotten them: Open vSwitch is restarted below one
 * client, and another moves to a hypervisor that has never seen it. Half the connections are in use all the while, the
 * others not before the window is closed in which sessions are taken up.
 */
const PORT = 7001;
const CONNECTIONS = 20;
const PERIOD_MS = 200;
/** Longer than TCP waits between two tries after an outage of half of it. */
const WINDOW_SECONDS = 20;

interface Client {
  readonly vm: Vm;
  readonly port: Resource;
  readonly busy: LoadClient;
  readonly resting: LoadClient;
}

let cloud: Cloud;
let stays: Client;
let moves: Client;
const ends: { stop(): void }[] = [];

beforeAll(async () => {
  await compilePrograms();
  cloud = await Cloud.create(3, {}, { args: ['--firewall-recovery', String(WINDOW_SECONDS)] });
  const { rest } = cloud.controller;
  const network = await cloud.network('sessions');
  const [clients, servers] = await Promise.all(
    ['clients', 'servers'].map((name) => rest.create('security_group', { name })),
  );
  if (!clients || !servers) throw new Error('no groups');
  await letNothingOut(cloud, servers);
  await rest.create('security_group_rule', {
    ...{ security_group_id: servers.id, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' },
    ...{ port_range_min: PORT, port_range_max: PORT },
  });
  const guest = async (hypervisor: number, number: number, { id }: Resource) => {
    const port = await cloud.createPort(network, number, { security_groups: [id] });
    const vm = await cloud.createVm(number);
    await cloud.hypervisor(hypervisor).plug(vm, port.id);
    await cloud.status(port, 'ACTIVE');
    await allowManyConnections(vm);
    return { vm, port };
  };
  const server = await guest(2, 1, servers);
  ends.push(await startServer(server.vm, [PORT]));
  const client = async (hypervisor: number, number: number): Promise<Client> => {
    const found = await guest(hypervisor, number, clients);
    const [busy, resting] = [1, 2].map(() => new LoadClient(found.vm, server.vm.ip, [PORT]));
    if (!busy || !resting) throw new Error('no clients');
    ends.push(busy, resting);
    for (const each of [busy, resting]) expect((await each.open(CONNECTIONS)).kept).toBe(CONNECTIONS);
    return { ...found, busy, resting };
  };
  stays = await client(1, 2);
  moves = await client(2, 3);
});
afterAll(async () => {
  for (const each of ends) each.stop();
  await cloud.stop();
});

describe('TCP connections that their switch has forgotten', () => {
  it('go on while they are taken up, also when the controller is killed meanwhile, and not after that', async () => {
    for (const { busy } of [stays, moves]) busy.pace(PERIOD_MS);
    await cloud.hypervisor(1).restart();
    await cloud.lab.warmUp();
    await cloud.hypervisor(2).unplug(moves.vm);
    await cloud.hypervisor(3).plug(moves.vm, moves.port.id);
    await waitFor(() => told(BEGUN).length === 2, { what: 'sessions to be taken up' });
    await cloud.steady();
    await cloud.controller.kill();
    await cloud.controller.start();
    await cloud.steady();
    await waitFor(() => told(ENDED).length === 2, {
      what: 'no more sessions to be taken up',
      timeoutMs: 3 * WINDOW_SECONDS * 1_000,
    });
    await cloud.caughtUp();

    for (const { busy } of [stays, moves]) {
      const { errors, kept } = await busy.endPace();
      expect([errors, kept]).toEqual([0, CONNECTIONS]);
    }
    for (const { resting } of [stays, moves]) resting.pace(PERIOD_MS);
    for (const told of await Promise.all([stays, moves].map(({ resting }) => resting.endPace())))
      expect([told.count, told.errors, told.kept]).toEqual([0, CONNECTIONS, 0]);
    // New ones are none of the firewall's business but by their rules.
    for (const { resting } of [stays, moves]) expect((await resting.open(1)).kept).toBe(1);
  });

  it('were taken up once each, for as long as is said, whichever process ended it', () => {
    const begun = told(BEGUN);
    const ended = told(ENDED);
    expect(new Set(begun.map(({ chassis, port }) => `${chassis} ${port}`))).toEqual(
      new Set(['hv1 undefined', `hv3 ${moves.port.id}`]),
    );
    for (const { chassis, time } of begun) {
      const end = ended.find((each) => each.chassis === chassis);
      const seconds = (Date.parse(String(end?.time)) - Date.parse(String(time))) / 1_000;
      expect(seconds).toBeGreaterThanOrEqual(WINDOW_SECONDS);
    }
  });
});

const BEGUN = 'taking up running TCP sessions';
const ENDED = 'taking up no more running sessions';

function told(message: string) {
  return cloud.controller.log().filter(({ msg }) => msg === message);
}
