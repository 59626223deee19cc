import { rmSync, writeFileSync } from 'node:fs';
import { attempt, type ControllerProcess } from '#lab';
import type { Fault } from './arena.ts';

/** What befalls the controller's process and its machine. */
export const CONTROLLER_FAULTS: Readonly<Record<string, Fault>> = {
  'controller killed': async ({ cloud: { controller }, last, random }) => {
    await controller.kill();
    await last(random.below(300));
    await controller.start();
  },

  'controller stopped and started': async ({ cloud: { controller }, last, random }) => {
    await controller.stop();
    await last(random.below(100));
    await controller.start();
  },

  'controller paused': async ({ cloud: { controller }, last, random }) => {
    controller.daemon.pause();
    await last(100 + random.below(900));
    controller.daemon.resume();
  },

  'clock jumps': async ({ clockFile, last, random }) => {
    writeFileSync(clockFile, `${random.pick(['-', '+'])}${1 + random.below(3)}d\n`);
    // As long as libfaketime believes what it has read.
    await last(1_000 + random.below(200));
  },

  'disk full': async ({ cloud: { controller }, last, random, notes }) => {
    const filler = `${controller.dataDir}/filler`;
    const spare: string[] = [];
    await attempt(['dd', 'if=/dev/zero', `of=${filler}`, 'bs=4k', 'status=none']);
    for (let number = 0; number < MOST_SPARE; number++) {
      const ids = await made(controller, number);
      spare.push(...ids);
      if (ids.length > 0) continue;
      notes.refusals += 1;
      break;
    }
    await last(200 + random.below(400));
    if (random.below(2) === 0) {
      await controller.kill();
      // It starts, and is not ready: it serves what it has, and says that it takes nothing.
      controller.daemon.start();
      await last(500);
    }
    rmSync(filler, { force: true });
    await controller.ready();
    await Promise.all(spare.map((id) => controller.rest.delete('network', id)));
  },
};

/** How often so many objects are tried on a full disk: the first fit into pages that the store had given up. */
const MOST_SPARE = 100;
const SPARE = 100;

/** Ids of objects that the controller takes, none when it takes no more. */
async function made({ rest }: ControllerProcess, number: number): Promise<readonly string[]> {
  const name = (at: number) => `spare-${number}-${at}-${'x'.repeat(200)}`;
  const items = Array.from({ length: SPARE }, (_, at) => ({ name: name(at) }));
  try {
    return [...(await rest.createMany('network', items)).values()];
  } catch {
    return [];
  }
}
