import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { attempt, type ControllerProcess, type Hypervisor, run } from '#lab';
import type { Cloud } from '../cloud.ts';
import type { Random } from '../hostile/random.ts';

/** What a fault may reach. */
export interface Arena {
  readonly cloud: Cloud;
  readonly random: Random;
  /** File that tells libfaketime how far off the controller's clock is. */
  readonly clockFile: string;
  /** Lets the intents of tenants go on while the fault lasts: milliseconds. */
  readonly last: (ms: number) => Promise<void>;
  /** How often a full disk was seen to refuse a write. */
  readonly notes: { refusals: number };
}

/** Does harm, and undoes of it what an operator or a machine would; the rest is for the controller to put right. */
export type Fault = (arena: Arena) => Promise<void>;

/** One kind of fault a line. */
export const FAULTS: Readonly<Record<string, Fault>> = {
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

  'switch paused': async (arena) => {
    const { last, random } = arena;
    const { vswitchd } = anyHypervisor(arena).ovs;
    vswitchd.pause();
    await last(100 + random.below(900));
    vswitchd.resume();
  },

  'database paused': async (arena) => {
    const { last, random } = arena;
    const { database } = anyHypervisor(arena).ovs;
    database.pause();
    await last(100 + random.below(900));
    database.resume();
  },

  'switch cut off': async (arena) => {
    const { address } = anyHypervisor(arena);
    await filter([`ip saddr ${address} drop`, `ip daddr ${address} drop`], arena);
  },

  'connections reset': async (arena) => {
    const { address } = anyHypervisor(arena);
    const ports = 'tcp dport { 6640, 6653 }';
    await filter([`ip saddr ${address} ${ports} reject with tcp reset`], arena);
  },

  'flows deleted by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    const table = random.below(3) === 0 ? '' : `table=${random.below(8) * 16}`;
    await hypervisor.ofctl('del-flows', 'br-int', ...(table ? [table] : []));
    await last(random.below(100));
  },

  'meters deleted by hand': async (arena) => {
    await anyHypervisor(arena).ofctl('del-meters', 'br-int');
    await arena.last(arena.random.below(100));
  },

  'flows changed by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    const table = random.below(8) * 16;
    const act = random.pick(['drop', 'NORMAL', `output:${1 + random.below(9)}`, 'load:5->NXM_NX_REG2[]']);
    await hypervisor.ofctl('mod-flows', 'br-int', `table=${table},actions=${act}`);
    await last(random.below(100));
  },

  'flows added by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    const lines = Array.from({ length: 1 + random.below(20) }, (_, at) => {
      const cookie = `0x74${random.pick(['01', '02', '0a'])}01000000${(10 + at).toString(16)}`;
      const what = random.pick([`in_port=${random.below(20)}`, `reg2=${random.below(20)}`, 'ip', 'arp']);
      const priority = random.pick([1_000, 2_000, 7]);
      const timeout = random.pick(['', 'idle_timeout=300,', 'hard_timeout=1,']);
      return `cookie=${cookie},${timeout}table=${random.below(8) * 16},priority=${priority},${what},actions=drop`;
    });
    await hypervisor.addFlows(lines.join('\n'));
    await last(random.below(100));
  },

  'flows taken over by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    const flows = await hypervisor.dumpFlows();
    const stolen = flows.filter(() => random.below(4) === 0);
    await hypervisor
      .addFlows(
        stolen.map((flow) => flow.replace(/cookie=\S+, /, 'cookie=0x99, ').replace(/"/g, '')).join('\n'),
      )
      .catch(() => undefined);
    await hypervisor.ofctl('del-flows', 'br-int', 'cookie=0x99/-1');
    await last(random.below(100));
  },

  'database restarted': async (arena) => {
    const { last, random } = arena;
    const { ovs } = anyHypervisor(arena);
    await (random.below(2) === 0 ? ovs.database.kill() : ovs.database.stop());
    await last(random.below(300));
    await ovs.start();
  },

  'database restored': async (arena) => {
    const { last, random } = arena;
    const { ovs } = anyHypervisor(arena);
    const [file, backup, older] = ['conf.db', 'backup.db', 'older.db'].map((name) => `${ovs.folder}/${name}`);
    await ovs.database.stop();
    // What it was the last time comes back, and what it is now the next time.
    await run(['sh', '-c', `if [ -e ${backup} ]; then mv ${backup} ${older}; else cp ${file} ${older}; fi`]);
    await run(['sh', '-c', `mv ${file} ${backup} && mv ${older} ${file}`]);
    await last(random.below(300));
    await ovs.start();
  },

  'switch restarted': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    await (random.below(2) === 0 ? hypervisor.ovs.vswitchd.kill() : hypervisor.ovs.vswitchd.stop());
    await last(random.below(300));
    await hypervisor.start();
  },

  'hypervisor restarted': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    await (random.below(2) === 0 ? hypervisor.kill() : hypervisor.stop());
    await last(random.below(300));
    await hypervisor.start();
  },

  'clock jumps': async ({ clockFile, last, random }) => {
    writeFileSync(clockFile, `${random.pick(['-', '+'])}${1 + random.below(3)}d\n`);
    // As long as libfaketime believes what it has read.
    await last(1_000 + random.below(200));
  },

  'disk full': async ({ cloud: { controller }, last, random, notes }) => {
    const filler = `${controller.dataDir}/filler`;
    await attempt(['dd', 'if=/dev/zero', `of=${filler}`, 'bs=4k', 'status=none']);
    for (let number = 0; number < MOST_SPARE; number++) {
      if (await isTaken(controller, number)) continue;
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
  },
};

/** Objects that are tried on a full disk, of which some fit into pages that the store had given up. */
const MOST_SPARE = 200;

/** Whether the controller takes one more object, of which nothing is left then. */
async function isTaken({ rest }: ControllerProcess, number: number): Promise<boolean> {
  try {
    const { id } = await rest.create('network', { name: `spare-${number}` });
    await rest.delete('network', id);
    return true;
  } catch {
    return false;
  }
}

function anyHypervisor({ cloud, random }: Pick<Arena, 'cloud' | 'random'>): Hypervisor {
  return random.pick(cloud.hypervisors);
}

/** Has the controller's host filter packets for a while. */
async function filter(rules: readonly string[], { last, random }: Arena): Promise<void> {
  await run(['nft', '-f', '-'], {
    stdin: [
      'table inet chaos {',
      '  chain incoming { type filter hook input priority 0;',
      ...rules.filter((rule) => !rule.includes('daddr')),
      '  }',
      '  chain outgoing { type filter hook output priority 0;',
      ...rules.filter((rule) => rule.includes('daddr')),
      '  }',
      '}',
    ].join('\n'),
  });
  try {
    await last(100 + random.below(1_200));
  } finally {
    await run(['nft', 'delete', 'table', 'inet', 'chaos']);
  }
}

/** The library that bends a process's clock, wherever Debian has it for this machine. */
export function faketimeLibrary(): string {
  const found = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('libfaketime is not installed (Debian: faketime)');
  return found;
}
