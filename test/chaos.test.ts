import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControllerProcess, type Hypervisor, labFolder, run, waitFor } from '#lab';
import { FAULTS, faketimeLibrary } from './chaos/faults.ts';
import { BROADCASTS, freshlyCompiled, installed, storeOf } from './chaos/fresh-compile.ts';
import { Intent } from './chaos/intent.ts';
import { PHYSICAL_NETWORK } from './chaos/network-changes.ts';
import { RIVAL } from './chaos/rival-faults.ts';
import { Cloud } from './cloud.ts';
import { Random } from './hostile/random.ts';

/**
 * Whatever happens while tenants change their minds, every switch ends with exactly the flows that what is stored asks for.
 * TENANTFLOW_CHAOS_SEED repeats the faults of a failure; what tenants do in them depends on the machine's timing, too.
 */
const SEED = Number(process.env.TENANTFLOW_CHAOS_SEED ?? randomInt(2 ** 32));
const ROUNDS = Number(process.env.TENANTFLOW_CHAOS_ROUNDS ?? 20);
/** Changes before a fault, and what a converged cloud may take at most: it passes as soon as all is right. */
const STEPS = 3;
const PATIENCE_MS = 60_000;

const random = new Random(SEED);
const clockFile = `${labFolder('chaos')}/clock`;
const data = () => `${labFolder('controller')}/data`;
/** What hypervisors offer at first: hv2 has connections remembered by its datapath, hv1 by flows that it learns. */
const SETTINGS = {
  'tenantflow-bridge-mappings': `${PHYSICAL_NETWORK}:br-ex`,
  'tenantflow-encap-type': 'vxlan,gre,geneve',
};
const FIREWALLS: Readonly<Record<string, string>> = { hv2: 'conntrack' };
let cloud: Cloud;
let rival: ControllerProcess;
let intent: Intent;

beforeAll(async () => {
  // A disk of its own, that can be filled.
  await run(['mkdir', '-p', data()]);
  await run(['mount', '-n', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', data()]);
  writeFileSync(clockFile, '+0\n');
  cloud = await Cloud.create(2, SETTINGS, {
    prepare: async (hypervisors) => {
      for (const each of hypervisors) await prepare(each);
    },
    args: [
      '--vlans',
      PHYSICAL_NETWORK,
      '--firewall-recovery',
      '1',
      '--broadcast-limit',
      `${BROADCASTS.rate}/${BROADCASTS.burst}`,
      '--quotas',
      'network:-1,subnet:-1,port:-1,security_group:-1,security_group_rule:-1',
    ],
    env: {
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_CACHE_DURATION: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
  });
  const [host, local] = ['0.0.0.0', '127.0.0.1'];
  rival = cloud.lab.controller({
    ...{ name: 'rival', openflow: `${host}:${RIVAL.openflow}`, ovsdb: `${host}:${RIVAL.ovsdb}` },
    ...{ api: `${local}:${RIVAL.api}`, metrics: `${local}:${RIVAL.metrics}` },
  });
  intent = new Intent(cloud, new Random(random.below(2 ** 32)));
  for (let step = 0; step < 30; step++) await intent.step();
});
afterAll(async () => {
  await cloud.controller.kill();
  await run(['umount', '-n', data()]);
  await cloud.stop();
});

/** What of a hypervisor is there before a controller is. */
async function prepare({ name, ovs }: Hypervisor): Promise<void> {
  await ovs.vsctl(
    ...['--may-exist', 'add-br', 'br-ex', '--', 'set', 'bridge', 'br-ex', 'datapath_type=netdev'],
    ...['--', 'set', 'bridge', 'br-ex', 'fail_mode=standalone'],
    ...['--', 'set', 'Open_vSwitch', '.', `external_ids:tenantflow-firewall=${FIREWALLS[name] ?? 'learn'}`],
  );
}

async function equip(hypervisor: Hypervisor): Promise<void> {
  await prepare(hypervisor);
  await hypervisor.attach({ externalIds: SETTINGS });
}

/** Lets tenants go on for a while. */
async function last(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const left = end - performance.now();
    await Promise.race([intent.step(), sleep(left)]);
    await sleep(Math.min(20, Math.max(0, end - performance.now())));
  }
}

/** In what the switches differ from a fresh compile; nothing when they don't. */
async function differences(): Promise<readonly string[]> {
  const store = await storeOf(cloud.controller);
  const each = await Promise.all(
    cloud.hypervisors.map(async (hypervisor) => {
      const wanted = new Set(freshlyCompiled(store, hypervisor.name));
      const found = new Set(await installed(hypervisor.ovs));
      const missing = [...wanted].filter((line) => !found.has(line));
      const surplus = [...found].filter((line) => !wanted.has(line));
      return [...missing.map((line) => `- ${line}`), ...surplus.map((line) => `+ ${line}`)].map(
        (line) => `${hypervisor.name} ${line}`,
      );
    }),
  );
  return each.flat();
}

describe(`${ROUNDS} rounds of chaos (seed ${SEED})`, () => {
  it('end with exactly the flows of a fresh compile on every switch, byte for byte', {
    timeout: ROUNDS * 2 * PATIENCE_MS,
  }, async () => {
    const happened = new Map<string, number>();
    const notes = { refusals: 0 };
    let deck: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const names: string[] = [];
      for (let step = 0; step < STEPS; step++) await intent.step();
      // One in three comes upon what another has left, before that is put right.
      do {
        // Every kind has its turn before one comes again.
        if (deck.length === 0) deck = Object.keys(FAULTS);
        const [name = ''] = deck.splice(random.below(deck.length), 1);
        names.push(name);
        await FAULTS[name]?.({ cloud, random, rival, clockFile, last, equip, notes });
        happened.set(name, (happened.get(name) ?? 0) + 1);
      } while (random.below(3) === 0);
      const what = `round ${round} (${names.join(', then ')})`;
      let left: readonly string[] = [];
      await waitFor(
        async () => {
          await cloud.steady();
          left = await differences();
          return left.length === 0;
        },
        { what: `${what} to converge`, timeoutMs: PATIENCE_MS },
      ).catch((error: unknown) => {
        expect(left, `${what}; ${error}`).toEqual([]);
        throw error;
      });
    }
    const faults = cloud.controller.log().filter(({ code }) => /_FAULT$/.test(String(code)));
    expect(faults).toEqual([]);
    // A test in which nothing happens would prove nothing.
    const times = cloud.controller.log().flatMap(({ time }) => Date.parse(String(time)) || []);
    if (happened.has('disk full')) expect(notes.refusals).toBeGreaterThan(0);
    if (happened.has('clock jumps'))
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(80_000_000);
    expect([...intent.done.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThan(ROUNDS);
    console.info(`chaos: seed ${SEED}, faults ${JSON.stringify(Object.fromEntries(happened))}`);
    console.info(`chaos: changes ${JSON.stringify(Object.fromEntries(intent.done))}`);
  });
});
