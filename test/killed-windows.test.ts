import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '#controller/store/lmdb/lmdb-store';
import { vifId } from '#controller/store/records';
import { waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { Arrivals } from './firewall/arrivals.ts';

/**
 * The controller is killed when it knows that connections are forgotten, and has not stored yet that running sessions are
 * taken up: they are, when it is back. `a` may send anything and is sent nothing; `b` may do anything.
 */
const WINDOW_SECONDS = 30;
const TAKEN_UP = 'taking up running TCP sessions';
let cloud: Cloud;
let a: Guest;
let packets: Arrivals;

beforeAll(async () => {
  const args = ['--firewall-recovery', String(WINDOW_SECONDS)];
  cloud = await Cloud.create(2, {}, { args });
  const network = await cloud.network('sessions');
  const open = { port_security_enabled: false, security_groups: [] };
  const guests = await Promise.all(
    [{}, open].map(async (security, at) => ({
      port: await cloud.createPort(network, at + 1, security),
      vm: await cloud.createDeafVm(at + 1),
    })),
  );
  const [first, second] = guests;
  if (!first || !second) throw new Error('no guests');
  a = first;
  for (const { port, vm } of guests) {
    await cloud.hypervisor(1).plug(vm, port.id);
    await cloud.status(port, 'ACTIVE');
  }
  packets = new Arrivals(cloud, (letter) => (letter === 'a' ? first : second).vm);
});
afterAll(() => cloud.stop());

/** A session of a's, as far as packets show. */
async function begin(port: number): Promise<void> {
  await cloud.caughtUp();
  expect(await packets.arrives(`a > b tcp ${port} 80 S`)).toBe(true);
  expect(await packets.arrives(`b > a tcp 80 ${port} SA`)).toBe(true);
}

/** It goes on: the answer passes only if it is remembered. */
async function goesOn(port: number): Promise<boolean> {
  await cloud.caughtUp();
  await cloud.lab.warmUp();
  expect(await packets.arrives(`a > b tcp ${port} 80 A`)).toBe(true);
  return await packets.arrives(`b > a tcp 80 ${port} A`);
}

function takenUp() {
  return cloud.controller.log().filter(({ msg }) => msg === TAKEN_UP);
}

describe('a controller that is killed before a window is stored', () => {
  it('opens the window for a restarted switch, which gets no flow before that', async () => {
    await begin(1000);
    const release = await holdWrites(cloud.controller.dataDir);
    const before = takenUp().length;
    await cloud.hypervisor(1).restart();
    await waitFor(() => takenUp().length > before, { what: 'the switch to be found empty' });
    expect(await cloud.hypervisor(1).dumpFlows()).toEqual([]);
    await cloud.controller.kill();
    expect(await cloud.hypervisor(1).dumpFlows()).toEqual([]);
    await release();
    await cloud.controller.start();
    expect(await goesOn(1000)).toBe(true);
    await waitFor(async () => (await recovering()) === 0, {
      what: 'no session to be taken up any more',
      timeoutMs: 4 * WINDOW_SECONDS * 1_000,
    });
  });

  it('opens the window for a port that came from another hypervisor', async () => {
    await begin(1001);
    await cloud.controller.kill();
    const { portId, device } = { portId: a.port.id, device: a.vm.place.device };
    await cloud.hypervisor(1).unplug(a.vm);
    await cloud.hypervisor(2).plug(a.vm, portId);
    // All that the killed one has stored: that the port is there now.
    const store = await openStore(cloud.controller.dataDir);
    const ofport = await cloud.hypervisor(2).ofport(device);
    await store.transact((tx) => {
      const vif = tx.get('vifs', vifId('hv1', portId));
      if (!vif) throw new Error('no VIF');
      const { rows, ...rest } = vif;
      const moved = { ...rest, id: vifId('hv2', portId), chassisId: 'hv2', ofport };
      tx.delete('vifs', vif.id);
      tx.put('vifs', moved.id, { ...moved, claim: tx.allocate('claim') });
    });
    await store.close();
    const before = takenUp().length;
    await cloud.controller.start();
    expect(await goesOn(1001)).toBe(true);
    expect(takenUp().slice(before)).toMatchObject([{ chassis: 'hv2', port: portId }]);
  });
});

/** Seconds in which sessions are taken up still, of the switch that does so longest. */
async function recovering(): Promise<number> {
  const rows = (await cloud.controller.rest.request('GET', '/v1/switches')) as readonly {
    readonly recovering: number;
  }[];
  return Math.max(...rows.map((row) => row.recovering));
}

/** Another process that holds the store's lock of writers, until what is returned is called. */
async function holdWrites(directory: string): Promise<() => Promise<void>> {
  const script = `
    import { readSync, writeSync } from 'node:fs';
    import { open } from 'lmdb';
    open({ path: process.argv[1], noSubdir: false }).transactionSync(() => {
      writeSync(1, 'held');
      readSync(0, Buffer.alloc(1));
    });`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end();
    await once(holder, 'exit');
  };
}
