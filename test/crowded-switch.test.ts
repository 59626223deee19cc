import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgePipeline } from '#apps';
import {
  allowManyConnections,
  compilePrograms,
  Daemon,
  LoadClient,
  type Resource,
  startServer,
  type Vm,
  waitFor,
} from '#lab';
import { Cloud } from './cloud.ts';
import { tenantflow } from './fixtures/tenantflow.ts';

const LIMIT = 300;
const PORT = 7001;
const TABLE = edgePipeline().layout.tables.find(({ table }) => table.fairBy)?.id;

let cloud: Cloud;
const guests: Vm[] = [];
const ports: Resource[] = [];
/** What Open vSwitch tells a monitor of its own of what it forgets: who counts is held to that. */
let monitor: Daemon;

/** Guests may send all; what answers them is remembered. The third is a server. */
beforeAll(async () => {
  await compilePrograms();
  cloud = await Cloud.create(1, {}, { args: ['--firewall-limit', String(LIMIT)] });
  const network = await cloud.network('crowded');
  for (const [at, security] of [{}, {}, { port_security_enabled: false }].entries()) {
    const port = await cloud.createPort(network, at + 1, security);
    const vm = await cloud.createVm(at + 1);
    await cloud.hypervisor(1).plug(vm, port.id);
    await cloud.status(port, 'ACTIVE');
    await allowManyConnections(vm);
    guests.push(vm);
    ports.push(port);
  }
  const { folder } = cloud.hypervisor(1).ovs;
  monitor = new Daemon({
    name: 'monitor',
    argv: [
      'ovs-ofctl',
      '-O',
      'OpenFlow13',
      'monitor',
      'br-int',
      `watch:!initial,!add,!modify,table=${TABLE}`,
    ],
    log: `${folder}/monitor.log`,
    env: { OVS_RUNDIR: folder },
  });
  monitor.start();
});
afterAll(async () => {
  await monitor.stop();
  await cloud.stop();
});

function evictedByMonitor(): number {
  return readFileSync(monitor.log, 'utf8').match(/reason=eviction/g)?.length ?? 0;
}

async function metric(name: string): Promise<string[]> {
  return (await cloud.controller.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
}

async function remembered(): Promise<number> {
  const text = await cloud.hypervisor(1).ofctl('dump-aggregate', 'br-int', `table=${TABLE}`);
  return Number(/flow_count=(\d+)/.exec(text)?.[1]);
}

describe('a guest with more connections than a switch may remember', () => {
  it('loses some of its own, and nobody else loses any', async () => {
    const [modest, hog, target] = guests;
    if (!modest || !hog || !target) throw new Error('no guests');
    const server = await startServer(target, [PORT]);
    const few = new LoadClient(modest, target.ip, [PORT]);
    const many = new LoadClient(hog, target.ip, [PORT]);
    try {
      expect((await few.open(50)).kept).toBe(50);
      // Each of them is opened: room is made for it.
      expect(await many.open(3 * LIMIT)).toMatchObject({ kept: 3 * LIMIT, errors: 0 });
      expect(await remembered()).toBe(LIMIT);
      await isToldWhatWasForgotten();

      few.pace(100);
      many.pace(100);
      const crowd = await many.endPace();
      const spared = await few.endPace();
      expect(spared).toMatchObject({ errors: 0, kept: 50 });
      expect(crowd.kept).toBeLessThanOrEqual(LIMIT);
      expect(await remembered()).toBeLessThanOrEqual(LIMIT);
    } finally {
      for (const each of [few, many, server]) each.stop();
    }
  });
});

/** By metrics, per switch and port, and by commands: what Open vSwitch says itself, and of the one that has too many only. */
async function isToldWhatWasForgotten(): Promise<void> {
  const [, hog] = ports;
  let forgotten = 0;
  await waitFor(
    async () => {
      forgotten = evictedByMonitor();
      const [line] = await metric('tenantflow_switch_evicted_flows_total');
      return (
        forgotten >= 2 * LIMIT && line === `tenantflow_switch_evicted_flows_total{switch="hv1"} ${forgotten}`
      );
    },
    { what: 'what was forgotten to be counted' },
  );
  expect(await metric('tenantflow_port_evicted_flows_total')).toEqual([
    `tenantflow_port_evicted_flows_total{switch="hv1",port="${hog?.id}"} ${forgotten}`,
  ]);
  expect((await tenantflow(['status'])).stdout).toContain(`learn, ${forgotten} evicted`);
  const { stderr } = await tenantflow(['connections', '--port', hog?.id ?? '']);
  expect(stderr).toContain(
    `${forgotten} flows of it were forgotten, because its switch had no room for more`,
  );
}
