import { decode } from 'openflow-codec';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { ChannelError } from '#controller/channel/errors';
import { ChannelServer } from '#controller/channel/server';
import type { Mastership } from '#controller/reconciler/role';
import type { SwitchReconciler } from '#controller/reconciler/switch';
import { reconcilerOf } from '#controller/reconciler/switch-fixture';
import { CONTROLLER_ADDRESS, type Hypervisor, Lab, waitFor } from '#lab';
import { BRIDGE, makeBridge, portOf } from './lone-switch.ts';

/** Two controllers and one real switch: who is its master, and that nobody else writes. */
let lab: Lab;
let hypervisor: Hypervisor;
let one: Side;
let two: Side;
/** Generations of one test are above those of the tests before: the switch remembers. */
let generation = 100n;

/** A controller of its own: its channel, what it wants of the switch, and who outranked it. */
class Side {
  readonly reconciler: SwitchReconciler;
  readonly outrankedBy: bigint[] = [];
  readonly #channel: ChannelServer;
  connection: Connection | undefined;

  constructor(ports: readonly number[], mastership: Mastership) {
    this.reconciler = reconcilerOf(ports.map(portOf), {
      upTo: () => 5,
      mastership,
      onMaster: (newer) => newer !== undefined && this.outrankedBy.push(newer),
    });
    this.#channel = new ChannelServer(pino({ level: 'silent' }), {
      ready: (connection) => {
        this.connection = connection;
        this.reconciler.attach(connection);
      },
      message: () => undefined,
      closed: (connection) => this.reconciler.detach(connection),
    });
  }

  async listen(): Promise<string> {
    return `tcp:${await this.#channel.listen({ host: CONTROLLER_ADDRESS, port: 0 })}`;
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async is(state: SwitchReconciler['state']): Promise<void> {
    await waitFor(() => this.reconciler.state === state, { what: `the switch to be ${state}` });
  }

  /** The flows that it wants, as the switch would print their number. */
  get wanted(): number {
    return this.reconciler.desired.flows.size;
  }
}

/** A port's limit of broadcasts, which is a meter. */
function limitFact(rate: number): Facts['broadcastLimit'] {
  return { kind: 'broadcastLimit', key: 1, rate, burst: 20 };
}

/** Our meters, as the switch prints them. */
async function meters(): Promise<string> {
  const text = (await hypervisor.ofctl('dump-meters', BRIDGE)).replaceAll('bands=\n', 'bands=');
  return text
    .split('\n')
    .filter((line) => line.includes('meter='))
    .join();
}

beforeAll(async () => {
  lab = await Lab.create();
  hypervisor = await lab.hypervisor('hv1');
  await makeBridge(hypervisor, `tcp:${CONTROLLER_ADDRESS}:1`);
});
afterAll(() => lab.stop());

/** One is master and wants 1 port; two is slave and wants 2. */
beforeEach(async () => {
  generation += 10n;
  one = new Side([1], { role: 'master', generation });
  two = new Side([1, 2], { role: 'slave', generation });
  await connect(one, two);
  await one.is('steady');
  await two.is('standby');
  return async () => {
    await Promise.all([one.close(), two.close()]);
  };
});

async function connect(...sides: readonly Side[]): Promise<void> {
  const targets = await Promise.all(sides.map((side) => side.listen()));
  await hypervisor.vsctl('set-controller', BRIDGE, ...targets);
  await hypervisor.vsctl(
    ...(await hypervisor.vsctl('--bare', '--columns=_uuid', 'list', 'controller'))
      .split(/\s+/)
      .filter(Boolean)
      .flatMap((uuid) => ['--', 'set', 'controller', uuid, 'max_backoff=1000']),
  );
}

async function flowCount(): Promise<number> {
  return (await hypervisor.dumpFlows()).length;
}

/** What a bare flow-mod on a side's connection, or another message, is answered with; undefined when the switch takes it. */
async function writeOn(
  { connection }: Side,
  message: Parameters<Connection['send']>[0] = DELETION,
): Promise<string | undefined> {
  let refusal: string | undefined;
  const stop = connection?.listen((message) => {
    const answer = decode(message.bytes);
    if (answer.type !== 'error') return false;
    refusal = answer.name;
    return true;
  });
  connection?.send(message);
  await connection?.barrier();
  stop?.();
  return refusal;
}

const DELETION: Parameters<Connection['send']>[0] = {
  type: 'flowMod',
  cookie: 0n,
  cookieMask: 0n,
  tableId: 200,
  command: 'deleteStrict',
  idleTimeout: 0,
  hardTimeout: 0,
  priority: 1,
  bufferId: 0xffffffff,
  outPort: 0xffffffff,
  outGroup: 0xffffffff,
  flags: 0,
  match: [],
  instructions: [],
};

describe('two controllers of one switch', () => {
  it('the slave keeps its connection, follows what it would want, and writes nothing', async () => {
    expect(await flowCount()).toBe(one.wanted);
    two.reconciler.update({ gone: [], come: [portOf(3)] });
    await two.connection?.barrier();
    expect(await writeOn(two)).toBe('OFPBRC_IS_SLAVE');
    expect(await flowCount()).toBe(one.wanted);
    expect(two.reconciler.isSettled(1)).toBe(false);
    expect(two.reconciler.isWorking).toBe(false);
  });

  it('a takeover changes only what differs, and the old master is told and fenced by the switch', async () => {
    two.reconciler.assume({ role: 'master', generation: generation + 1n });
    await two.is('steady');
    await one.is('outranked');
    expect(one.outrankedBy).toEqual([generation + 1n]);
    expect(await flowCount()).toBe(two.wanted);
    // What it is asked to do now, it keeps to itself; and what it would send is refused.
    one.reconciler.update({ gone: [], come: [portOf(9)] });
    expect(await writeOn(one)).toBe('OFPBRC_IS_SLAVE');
    expect(await flowCount()).toBe(two.wanted);
    expect(one.reconciler.isSettled(5)).toBe(false);
  });

  it('a stale master that comes back gets no role with its old generation, and takes over with a newer', async () => {
    two.reconciler.assume({ role: 'master', generation: generation + 1n });
    await two.is('steady');
    const before = one.connection;
    before?.close(new ChannelError('OFCH_CLOSED', 'a test'));
    await waitFor(() => one.connection !== before && one.reconciler.state === 'outranked', {
      what: 'the old master to be back as a slave',
    });
    expect(await writeOn(one)).toBe('OFPBRC_IS_SLAVE');
    one.reconciler.assume({ role: 'master', generation: generation + 2n });
    await one.is('steady');
    await two.is('outranked');
    expect(await flowCount()).toBe(one.wanted);
  });

  it('a master whose hypervisor’s database names another is a slave, and catches up when that is over', async () => {
    one.reconciler.yieldTo(generation + 1n);
    await one.is('outranked');
    one.reconciler.update({ gone: [], come: [portOf(9)] });
    expect(await writeOn(one)).toBe('OFPBRC_IS_SLAVE');
    expect(one.reconciler.isSettled(5)).toBe(false);
    expect(one.outrankedBy).toEqual([]);
    one.reconciler.yieldTo(undefined);
    await one.is('steady');
    expect(one.reconciler.isSettled(5)).toBe(true);
    expect(await flowCount()).toBe(one.wanted);
  });

  it('a slave does not touch meters, and a takeover changes only those that differ', async () => {
    one.reconciler.update({ gone: [], come: [limitFact(1)] });
    await waitFor(async () => /rate=1 burst_size=20/.test(await meters()), { what: 'the meter' });
    const before = await meters();
    const meter = Number(/meter=(\d+)/.exec(before)?.[1]);
    two.reconciler.update({ gone: [], come: [limitFact(1)] });
    expect(await writeOn(two, { type: 'meterMod', command: 'delete', flags: 0, meter, bands: [] })).toBe(
      'OFPBRC_IS_SLAVE',
    );
    two.reconciler.assume({ role: 'master', generation: generation + 1n });
    await two.is('steady');
    expect(await meters()).toBe(before);
    // What the old master is asked for now is not the switch's business.
    one.reconciler.update({ gone: [limitFact(1)], come: [] });
    two.reconciler.update({ gone: [limitFact(1)], come: [limitFact(3)] });
    const after = before.replace('rate=1 ', 'rate=3 ');
    await waitFor(async () => (await meters()) === after, { what: 'the new rate' });
    expect(one.reconciler.state).toBe('outranked');
  });

  it('a bundle that was open when the master changed is not committed', async () => {
    const { connection } = one;
    const control = (step: 'openRequest' | 'commitRequest') =>
      connection?.request({ type: 'bundleControl', bundleId: 77, control: step, flags: 3 });
    expect((await control('openRequest'))?.type).toBe('bundleControl');
    two.reconciler.assume({ role: 'master', generation: generation + 1n });
    await two.is('steady');
    expect(await control('commitRequest')).toMatchObject({ type: 'error', name: 'OFPBRC_IS_SLAVE' });
    expect(await flowCount()).toBe(two.wanted);
  });

  it('the switch remembers the generation when all controllers have left, until it is restarted', async () => {
    two.reconciler.assume({ role: 'master', generation: generation + 1n });
    await two.is('steady');
    await Promise.all([one.close(), two.close()]);
    const late = new Side([4, 5, 6], { role: 'master', generation });
    await connect(late);
    await late.is('outranked');
    expect(late.outrankedBy).toEqual([generation + 1n]);
    expect(await flowCount()).toBe(two.wanted);
    // With its flows it forgets the generation: nothing of a newer master's is there to be spoilt.
    await hypervisor.restart();
    await late.is('steady');
    expect(await flowCount()).toBe(late.wanted);
    await late.close();
  });
});
