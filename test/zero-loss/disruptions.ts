import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ControllerProcess, type Lab, LabError, type Random, type Resource, run, waitFor } from '#lab';

/** What a disruption may reach. */
export interface Arena {
  readonly lab: Lab;
  readonly random: Random;
  /** The controller that runs; a disruption may put another in its place. */
  controller: ControllerProcess;
  /** A network that no guest is on, with many ports plugged: switched on and off, it makes a large bundle. */
  readonly bulk: Resource;
  /** Returns when every switch has all its flows. */
  readonly steady: () => Promise<void>;
}

/** Disturbs the controller, and returns when it has come to rest again. */
export type Disruption = (arena: Arena) => Promise<void>;

/** For comparison: what is lost while this goes on is the machine's doing. */
export const NOTHING: Disruption = () => sleep(3_000);

/** One kind a line: what may happen to a controller and must not be felt by any packet. */
export const DISRUPTIONS: Readonly<Record<string, Disruption>> = {
  'killed and started': async (arena) => {
    await arena.controller.kill();
    await sleep(arena.random.below(300));
    await arena.controller.start();
    await arena.steady();
  },

  'upgraded in place': async (arena) => {
    const { dataDir } = arena.controller;
    await arena.controller.stop();
    arena.controller = arena.lab.controller({ name: `upgraded-${arena.random.below(2 ** 32)}`, dataDir });
    await arena.controller.start();
    await arena.steady();
  },

  'its store moved': async (arena) => {
    const { dataDir } = arena.controller;
    const moved = `${dataDir}-${arena.random.below(2 ** 32)}`;
    await arena.controller.stop();
    await rename(dataDir, moved);
    arena.controller = arena.lab.controller({
      name: `moved-${arena.random.below(2 ** 32)}`,
      dataDir: moved,
    });
    await arena.controller.start();
    await arena.steady();
  },

  'its connections reset': async (arena) => {
    await sleep(arena.random.below(100));
    const before = closings(arena.controller);
    await filter('input', 'tcp dport { 6640, 6653 } reject with tcp reset', async () => {
      // A switch that says nothing would not notice: it is made to tell of a flow.
      for (const hypervisor of arena.lab.hypervisors)
        await hypervisor.ofctl(
          'add-flow',
          'br-int',
          'cookie=0x5,table=0,priority=1,in_port=60000,actions=drop',
        );
      for (const hypervisor of arena.lab.hypervisors)
        await waitFor(
          async () => (await hypervisor.vsctl('get', 'controller', 'br-int', 'is_connected')) === 'false\n',
          { what: 'the connection to be reset' },
        );
    });
    // Only the switches were told: the controller learns of it when they come again.
    await waitFor(() => closings(arena.controller) > before, { what: 'the old connection to be replaced' });
    for (const hypervisor of arena.lab.hypervisors)
      await hypervisor.ofctl('del-flows', 'br-int', 'cookie=0x5/-1');
    await arena.steady();
  },

  'a bundle cut in half': async (arena) => {
    const { rest } = arena.controller;
    const before = closings(arena.controller);
    const flows = await flowCounts(arena);
    const bytes = 20_000 + arena.random.below(60_000);
    await filter('output', `tcp sport 6653 quota over ${bytes} bytes reject with tcp reset`, async () => {
      await rest.update('network', arena.bulk.id, { admin_state_up: true });
      await waitFor(() => closings(arena.controller) > before, { what: 'a bundle to be cut' });
      // All of it or nothing: were flows there now, it had not been cut.
      const now = await flowCounts(arena);
      if (`${now}` !== `${flows}`) throw new LabError('LAB_USAGE', `${now} flows in the middle of a bundle`);
    });
    await arena.steady();
    await rest.update('network', arena.bulk.id, { admin_state_up: false });
    await arena.steady();
  },
};

function flowCounts({ lab }: Arena): Promise<readonly number[]> {
  return Promise.all(lab.hypervisors.map(async (each) => (await each.dumpFlows()).length));
}

/** OpenFlow connections that have ended, as far as the controller's log tells. */
function closings(controller: ControllerProcess): number {
  return controller.log().filter(({ msg }) => msg === 'openflow closed').length;
}

/** Filters what the controller's host receives or sends while something is done. */
async function filter(hook: 'input' | 'output', rule: string, work: () => Promise<void>): Promise<void> {
  const lines = ['table inet zeroloss {', 'chain filtered {', `type filter hook ${hook} priority 0`, rule];
  await run(['nft', '-f', '-'], { stdin: `${[...lines, '}', '}'].join('\n')}\n` });
  try {
    await work();
  } finally {
    await run(['nft', 'delete', 'table', 'inet', 'zeroloss']);
  }
}
