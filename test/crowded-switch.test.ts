import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgePipeline } from '#apps';
import { allowManyConnections, compilePrograms, LoadClient, startServer, type Vm } from '#lab';
import { Cloud } from './cloud.ts';

const LIMIT = 300;
const PORT = 7001;
const TABLE = edgePipeline().layout.tables.find(({ table }) => table.fairBy)?.id;

let cloud: Cloud;
const guests: Vm[] = [];

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
  }
});
afterAll(() => cloud.stop());

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
