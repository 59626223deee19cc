import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTROLLER_ADDRESS, type Hypervisor, type Resource, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { type Attack, attack, type Front, type Tally } from './hostile/assault.ts';
import { liar, OPENFLOW_ATTACKS } from './hostile/openflow-attacks.ts';
import { OVSDB_ATTACKS, restlessHypervisor } from './hostile/ovsdb-attacks.ts';
import { Random } from './hostile/random.ts';

/** Bad input on both ports, for some seconds, while a cloud works. TENANTFLOW_HOSTILE_SEED repeats a failure. */
const SECONDS = Number(process.env.TENANTFLOW_HOSTILE_SECONDS ?? 8);
const SEED = Number(process.env.TENANTFLOW_HOSTILE_SEED ?? randomInt(2 ** 32));
/** Resident memory that the controller may have gained when all is over, in MB. */
const GROWTH = 150;
const [OPENFLOW, OVSDB] = [6653, 6640];
/** Datapath id and address of the hypervisor that is not one. */
const FAKE = { id: 'fake', datapath: '00000000deadbeef', from: '127.0.0.66' };

let cloud: Cloud;
let network: Resource;
let guests: readonly [Guest, Guest];

beforeAll(async () => {
  cloud = await Cloud.create(2);
  network = await cloud.network('besieged');
  guests = [
    await cloud.guest(network, cloud.hypervisor(1), 1),
    await cloud.guest(network, cloud.hypervisor(2), 2),
  ];
});
afterAll(() => cloud.stop());

describe(`${SECONDS} s of bad input (seed ${SEED})`, () => {
  it(
    'crash nothing, fill no memory, and disturb no switch',
    async () => {
      const { controller } = cloud;
      const { pid } = controller.daemon;
      const memory = () => residentMegabytes(pid);
      const before = { flows: await flows(), memory: memory(), lines: controller.log().length };
      const pings = guests[0].vm.startPing(guests[1].vm.ip, { intervalMs: 10 });
      await waitFor(() => pings.received > 50, { what: 'pings to run' });

      const fronts = await makeFronts();
      const began = performance.now();
      const tallies = await Promise.all(
        fronts.map((front, at) => attack(front, new Random(SEED + at), began + SECONDS * 1_000)),
      );
      const seconds = (performance.now() - began) / 1_000;
      const peak = memory();
      await undisturbed();
      const result = await pings.stop();

      expect(controller.daemon.pid, controller.logTails()).toBe(pid);
      expect(result.lost).toEqual([]);
      expect(result.sent).toBeGreaterThan(50);
      expect(await flows()).toEqual(before.flows);
      // A flow that had been rewritten would count from its rewriting.
      expect(Math.min(...(await flowAges()))).toBeGreaterThanOrEqual(Math.floor(seconds));
      const log = controller.log().slice(before.lines);
      const ours = new Set(cloud.hypervisors.map(({ address }) => address));
      const closed = log.filter(({ msg }) => msg === 'openflow closed' || msg === 'hypervisor disconnected');
      expect(closed.filter(({ peer }) => ours.has(addressOf(String(peer))))).toEqual([]);
      expect(log.filter(({ code }) => code === 'OFCH_FAULT' || code === 'RECO_FAULT')).toEqual([]);
      // The attacks got as far as they were meant to.
      const said = log.map(({ msg, code, reason, chassis }) => `${msg}: ${code ?? reason ?? chassis}`);
      expect(said).toEqual(
        expect.arrayContaining([
          'openflow closed: OFCH_MALFORMED',
          'openflow closed: OFCH_IMPOSTOR',
          'hypervisor disconnected: OVSDB_JSON',
          `hypervisor accepted: ${FAKE.id}`,
          `switch connected: ${FAKE.id}`,
        ]),
      );

      for (const [at, front] of fronts.entries()) {
        const tally = tallies[at];
        expect(tally?.connections, `front ${at}`).toBeGreaterThan(0);
        if (tally) await everyRefusalIsLogged(front, tally);
      }
      await waitFor(async () => (await cloud.switches()) && memory() < before.memory + GROWTH, {
        what: `memory to settle: ${before.memory} MB before, ${memory()} MB now`,
      });
      await newPortComesUp();
      const sum = (of: (tally: Tally) => number) => tallies.reduce((all, tally) => all + of(tally), 0);
      process.stdout.write(
        `${Math.round(seconds)} s, seed ${SEED}: ${sum((each) => each.connections)} connections, ` +
          `${Math.round(sum((each) => each.bytes) / 2 ** 20)} MB sent, ` +
          `${sum((each) => each.refused.length)} refused; memory ${before.memory} MB before, ${peak} MB at the end, ` +
          `${memory()} MB after; ${result.sent} pings, ${result.lost.length} lost\n`,
      );
    },
    SECONDS * 1_000 + 120_000,
  );
});

async function makeFronts(): Promise<readonly Front[]> {
  const real = await Promise.all(cloud.hypervisors.map(datapathIdOf));
  const stranger = liar((random) => random.bytes(8));
  const impostor = liar((random) => Buffer.from(random.pick(real), 'hex'));
  const openflow: readonly Attack[] = [...Object.values(OPENFLOW_ATTACKS), stranger, impostor, impostor];
  const local = { from: FAKE.from, to: '127.0.0.1', width: 1 };
  return [
    { from: '127.0.0.2', to: '127.0.0.1', port: OPENFLOW, attacks: openflow, width: 12 },
    { from: CONTROLLER_ADDRESS, to: CONTROLLER_ADDRESS, port: OPENFLOW, attacks: openflow, width: 6 },
    { from: '127.0.0.3', to: '127.0.0.1', port: OVSDB, attacks: Object.values(OVSDB_ATTACKS), width: 8 },
    { ...local, port: OVSDB, attacks: [restlessHypervisor(FAKE.id, '192.0.2.66', FAKE.datapath)] },
    { ...local, port: OPENFLOW, attacks: [liar(() => Buffer.from(FAKE.datapath, 'hex'))] },
  ];
}

/** The controller's view of the real switches: attached and steady, as seen from its API. */
async function undisturbed(): Promise<void> {
  const names = new Set(cloud.hypervisors.map(({ name }) => name));
  const rows = (await cloud.switches()).filter(({ id }) => names.has(id));
  expect(rows.map(({ id, connected, ovsdb, state }) => ({ id, connected, ovsdb, state }))).toEqual(
    [...names].map((id) => ({ id, connected: true, ovsdb: true, state: 'steady' })),
  );
}

/** Each connection that the controller ended has its line with the peer, or is counted by a line about its address. */
async function everyRefusalIsLogged({ from, port }: Front, { refused }: Tally): Promise<void> {
  const [what, msg] =
    port === OPENFLOW ? ['openflow', 'openflow closed'] : ['ovsdb', 'hypervisor disconnected'];
  await waitFor(
    () => {
      const lines = cloud.controller.log();
      const named = new Set(lines.filter((line) => line.msg === msg).map(({ peer }) => peer));
      const unnamed = refused.filter((peer) => !named.has(peer)).length;
      const suppressed = lines
        .filter((line) => line.what === what && line.address === from)
        .reduce((sum, line) => sum + Number(line.suppressed), 0);
      return suppressed >= unnamed;
    },
    { what: `${refused.length} refusals of ${from} on port ${port} to be logged` },
  );
}

async function newPortComesUp(): Promise<void> {
  const { vm } = await cloud.guest(network, cloud.hypervisor(1), 3);
  expect((await vm.ping(guests[1].vm.ip)).received).toBe(3);
}

function flows(): Promise<readonly (readonly string[])[]> {
  return Promise.all(cloud.hypervisors.map((hypervisor) => hypervisor.dumpFlows()));
}

/** Seconds since each flow was installed. */
async function flowAges(): Promise<readonly number[]> {
  const all = await Promise.all(cloud.hypervisors.map((each) => each.dumpFlows({ stats: true })));
  return all.flat().map((flow) => Number(/duration=([\d.]+)s/.exec(flow)?.[1]));
}

async function datapathIdOf(hypervisor: Hypervisor): Promise<string> {
  return JSON.parse(await hypervisor.vsctl('get', 'bridge', 'br-int', 'datapath_id'));
}

function addressOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(':'));
}

function residentMegabytes(pid: number | undefined): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}
