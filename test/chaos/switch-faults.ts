import { rmSync } from 'node:fs';
import { run } from '#lab';
import { anyHypervisor, type Fault } from './arena.ts';

/** What befalls Open vSwitch on a hypervisor: its two processes and its database. */
export const SWITCH_FAULTS: Readonly<Record<string, Fault>> = {
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

  'database lost': async (arena) => {
    const { equip, last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    const { ovs } = hypervisor;
    await ovs.database.stop();
    rmSync(`${ovs.folder}/conf.db`);
    await last(random.below(300));
    await hypervisor.start();
    await last(random.below(300));
    await equip(hypervisor);
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
};
