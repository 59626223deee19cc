import { setImmediate, setTimeout } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { edgePipeline, type Facts } from '#apps';
import type { ChannelServer } from '#controller/channel/server';
import type { FactDelta } from '#controller/model/fact-delta';
import { type ReconcileMetrics, reconcileMetrics } from '#controller/reconciler/metrics';
import type { SwitchReconciler } from '#controller/reconciler/switch';
import { reconcilerOf } from '#controller/reconciler/switch-fixture';
import { Turns } from '#controller/reconciler/turns';
import { type Hypervisor, Lab, waitFor } from '#lab';
import { BRIDGE, listenFor, makeBridge, portOf } from './lone-switch.ts';

/** The reconciler alone, on a real switch: facts go in, `ovs-ofctl` says what comes out. */
/** The table in which each port has a flow or more of its own. */
const DELIVER = edgePipeline().layout.tables.find(({ table }) => table.name === 'deliver')?.id;
/** Where connections are learned. */
const CONNECTIONS = edgePipeline().layout.tables.find(({ table }) => table.name === 'connections')?.id;
let lab: Lab;
let hypervisor: Hypervisor;
let channel: ChannelServer;
let reconciler: SwitchReconciler;
let metrics: ReconcileMetrics;
/** Up to which all facts have been told. */
let revision: number | undefined = 0;

beforeAll(async () => {
  lab = await Lab.create();
  hypervisor = await lab.hypervisor('hv1');
  reconciler = switchOf([]);
  const listening = await listenFor(() => reconciler);
  channel = listening.channel;
  await makeBridge(hypervisor, listening.address);
  await steady();
});
afterAll(async () => {
  await channel.close();
  await lab.stop();
});
/** Each test begins with a switch that has what no fact asks for. */
afterEach(() => reconnect([]));

const PORT = portOf(5);
const SEGMENT: Facts['segment'] = { kind: 'segment', key: 7, ports: [5], peers: [] };

/** Changes of flows that the present reconciler has sent. */
async function changesSent(): Promise<number> {
  return (await metrics.changes.get()).values[0]?.value ?? 0;
}

function switchOf(
  facts: readonly Facts[keyof Facts][],
  turns = new Turns(),
  onEmpty: () => Promise<void> = async () => undefined,
): SwitchReconciler {
  metrics = reconcileMetrics(new Registry());
  revision = 0;
  return reconcilerOf(facts, { upTo: () => revision, metrics, turns, onEmpty });
}

function tell(delta: FactDelta, upTo: number | undefined): void {
  revision = upTo;
  reconciler.update(delta);
}

/** A new controller for the same switch, which connects anew. */
async function reconnect(facts: readonly Facts[keyof Facts][]): Promise<void> {
  for (const connection of channel.connections) reconciler.detach(connection);
  reconciler = switchOf(facts);
  for (const connection of channel.connections) reconciler.attach(connection);
  await steady();
}

/** Something that is waited for until it is opened. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** As long as a switch is read, what is desired is compiled so slowly that the switch answers long before that is done. */
class PatientTurns extends Turns {
  override async next(): Promise<void> {
    if (reconciler.state === 'reading') await setTimeout(200);
    await super.next();
  }
}

/** So, and a switch that is filled gets no more until it is let go on. */
class HeldTurns extends PatientTurns {
  #held: Promise<void>;
  goOn: () => void = () => undefined;

  constructor() {
    super();
    this.#held = new Promise((resolve) => {
      this.goOn = resolve;
    });
  }

  override async next(): Promise<void> {
    if (reconciler.state === 'installing') await this.#held;
    await super.next();
  }
}

/**
 * A new controller for the same switch, which has lost all its flows; resolves when that has begun to get others. Compiles so many
 * flows ahead, if not all.
 */
async function fillFrom(
  facts: readonly Facts[keyof Facts][],
  turns: Turns = new PatientTurns(),
  ahead = 0,
): Promise<void> {
  for (const connection of channel.connections) reconciler.detach(connection);
  await hypervisor.ofctl('del-flows', BRIDGE);
  reconciler = switchOf(facts, turns);
  reconciler.desired.compileMore(ahead);
  for (const connection of channel.connections) reconciler.attach(connection);
  // Looked at in each turn of the event loop, so that it cannot be missed.
  while (reconciler.state !== 'installing') await setImmediate();
  expect(reconciler.desired.isComplete).toBe(ahead === Number.POSITIVE_INFINITY);
}

function portsOf(count: number): Facts['localPort'][] {
  return Array.from({ length: count }, (_, at) => ({
    ...PORT,
    key: 100 + at,
    mac: BigInt(at),
    ofport: 100 + at,
  }));
}

async function steady(): Promise<void> {
  await waitFor(() => reconciler.state === 'steady', { what: 'the switch to be steady' });
}

/** Cookie, table, priority, match and actions of the flows that the switch has. */
function flows(): Promise<readonly string[]> {
  return hypervisor.dumpFlows();
}

describe('SwitchReconciler', () => {
  it('gives a switch that has nothing no flow before it is stored that it had none', async () => {
    for (const connection of channel.connections) reconciler.detach(connection);
    await hypervisor.ofctl('del-flows', BRIDGE);
    const stored = gate();
    let isTold = false;
    reconciler = switchOf([PORT, SEGMENT], new Turns(), () => {
      isTold = true;
      return stored.passed;
    });
    for (const connection of channel.connections) reconciler.attach(connection);
    await waitFor(() => isTold, { what: 'the switch to be found empty' });
    tell({ gone: [], come: [{ ...PORT, key: 6, ofport: 6 }] }, 1);
    await hypervisor.ofctl('dump-flows', BRIDGE);
    expect(await flows()).toEqual([]);
    stored.open();
    await steady();
    expect(await flows()).toHaveLength(reconciler.desired.flows.size);
  });

  it('gives a switch whose flows were all deleted none back before that is stored', async () => {
    const stored = gate();
    let isTold = false;
    for (const connection of channel.connections) reconciler.detach(connection);
    reconciler = switchOf([PORT, SEGMENT], new Turns(), () => {
      isTold = true;
      return stored.passed;
    });
    for (const connection of channel.connections) reconciler.attach(connection);
    await steady();
    await hypervisor.ofctl('del-flows', BRIDGE);
    await waitFor(async () => (await reconciler.audit()) && isTold, {
      what: 'the switch to be found empty',
    });
    tell({ gone: [], come: [{ ...PORT, key: 6, ofport: 6 }] }, 1);
    expect(await flows()).toEqual([]);
    stored.open();
    await waitFor(() => reconciler.isSettled(1), { what: 'the facts to be confirmed' });
    expect(await flows()).toHaveLength(reconciler.desired.flows.size);
  });

  it('has a switch forget what it learned for a port that has another interface, and for no other', async () => {
    const timeouts = { tcp: 60, tcpClosing: 20, other: 30 };
    const port = (key: number, plug: number): Facts['firewallPort'] => ({
      ...{ kind: 'firewallPort', key, policy: 1, plug },
      memory: { backend: 'learn', timeouts },
    });
    await reconnect([port(5, 1), port(6, 1)]);
    for (const key of [5, 6])
      await hypervisor.ofctl(
        ...['add-flow', BRIDGE],
        `cookie=0x750808000000000${key},table=${CONNECTIONS},priority=1000,reg6=${key},actions=drop`,
      );
    await reconnect([{ ...port(5, 1), policy: 2 }, port(6, 1)]);
    expect(await hypervisor.dumpLearned()).toHaveLength(2);
    await reconnect([{ ...port(5, 2), policy: 2 }, port(6, 1)]);
    const [left, ...others] = await hypervisor.dumpLearned();
    expect([left, others]).toEqual([expect.stringContaining('reg6=0x6'), []]);
  });

  it('confirms a commit when nothing is to come any more of what it asks for', async () => {
    tell({ gone: [], come: [PORT] }, undefined);
    await waitFor(async () => (await flows()).length === reconciler.desired.flows.size, {
      what: 'the flows of the first fact',
    });
    expect([reconciler.state, reconciler.isSettled(1)]).toEqual(['installing', false]);
    tell({ gone: [], come: [SEGMENT] }, 1);
    await waitFor(() => reconciler.isSettled(1), { what: 'the facts to be confirmed' });
    expect(await flows()).toHaveLength(reconciler.desired.flows.size);
    expect([reconciler.state, reconciler.isSettled(2)]).toEqual(['steady', false]);
  });

  it('installs what facts ask for, and takes it away with them', async () => {
    const empty = await flows();
    tell({ gone: [], come: [PORT, SEGMENT] }, 1);
    await waitFor(() => reconciler.isSettled(1), { what: 'the facts to be confirmed' });
    expect(await flows()).toHaveLength(reconciler.desired.flows.size);
    tell({ gone: [PORT, SEGMENT], come: [] }, 2);
    await waitFor(() => reconciler.isSettled(2), { what: 'the facts to be confirmed' });
    expect(await flows()).toEqual(empty);
  });

  it('repairs what somebody deleted, added and changed, and leaves foreign flows alone', async () => {
    await reconnect([PORT, SEGMENT]);
    const wanted = await flows();
    const foreign = 'cookie=0x1234, table=200, priority=5,ip actions=drop';
    await hypervisor.addFlows(
      [
        'cookie=0x1234,table=200,priority=5,ip,actions=drop',
        // In our cookie space, but nothing that a fact asks for.
        'cookie=0x7401010000000005,table=200,priority=7,actions=drop',
        // A flow of ours with other actions, with a timeout, and with a foreign cookie.
        'cookie=0x7401010000000005,table=96,priority=1000,reg2=5,actions=output:9',
        'cookie=0x7401010000000005,table=96,priority=2000,reg1=5,reg2=5,idle_timeout=600,actions=drop',
        'cookie=0x99,table=0,priority=1000,in_port=5,vlan_tci=0/0x1fff,actions=drop',
      ].join('\n'),
    );
    await hypervisor.ofctl('--strict', 'del-flows', BRIDGE, 'table=64,priority=0');
    expect(await flows()).not.toEqual([...wanted, foreign].sort());
    await reconnect([PORT, SEGMENT]);
    expect(await flows()).toEqual([...wanted, foreign].sort());
    await hypervisor.ofctl('del-flows', BRIDGE, 'table=200');
  });

  it('installs all other flows when the switch refuses some, and says which facts suffer', async () => {
    // OFPP_UNSET is no port to output to: OVS answers OFPBAC_BAD_OUT_PORT.
    const bad: Facts['localPort'] = { ...PORT, key: 6, mac: 0x020000000006n, ofport: 0xfffffff7 };
    tell({ gone: [], come: [PORT, bad, SEGMENT] }, 3);
    await waitFor(() => reconciler.isSettled(3), { what: 'the facts to be confirmed' });
    const refused = [...reconciler.refused];
    expect(refused.map(({ error }) => error)).toContain('OFPBAC_BAD_OUT_PORT');
    expect(reconciler.isFaulty('localPort', 6)).toBe(true);
    expect(reconciler.isFaulty('localPort', 5)).toBe(false);
    expect(await flows()).toHaveLength(reconciler.desired.flows.size - refused.length);
    tell({ gone: [bad], come: [] }, 4);
    await waitFor(() => reconciler.isSettled(4), { what: 'the facts to be confirmed' });
    expect([...reconciler.refused]).toEqual([]);
  });

  it('fills a table to its limit and installs all of the others, when the switch refuses some before the commit and some at it', async () => {
    const most = 100;
    await hypervisor.vsctl(
      ...['--', '--id=@limited', 'create', 'Flow_Table', `flow_limit=${most}`, 'overflow_policy=refuse'],
      ...['--', 'set', 'bridge', BRIDGE, `flow_tables:${DELIVER}=@limited`],
    );
    try {
      const ports = Array.from({ length: 90 }, (_, at) => ({
        ...PORT,
        key: 100 + at,
        mac: BigInt(at),
        ofport: 100 + at,
      }));
      const bad = { ...PORT, key: 99, mac: 99n, ofport: 0xfffffff7 };
      tell({ gone: [], come: [...ports, bad] }, 4);
      await waitFor(() => reconciler.isSettled(4), { what: 'the facts to be confirmed' });
      const refused = [...reconciler.refused];
      expect(new Set(refused.map(({ error }) => error))).toEqual(
        new Set(['OFPFMFC_TABLE_FULL', 'OFPBAC_BAD_OUT_PORT']),
      );
      expect(reconciler.isFaulty('localPort', 99)).toBe(true);
      const full = refused.filter(({ error }) => error === 'OFPFMFC_TABLE_FULL');
      expect(full.every(({ change }) => change.after?.tableId === DELIVER)).toBe(true);
      const installed = await hypervisor.dumpFlows();
      expect(installed).toHaveLength(reconciler.desired.flows.size - refused.length);
      expect(installed.filter((flow) => flow.includes(`table=${DELIVER},`))).toHaveLength(most);
      const faulty = ports.filter(({ key }) => reconciler.isFaulty('localPort', key));
      expect(faulty.length).toBeGreaterThan(0);
      expect(faulty.length).toBeLessThan(ports.length);
    } finally {
      await hypervisor.vsctl('clear', 'bridge', BRIDGE, 'flow_tables');
    }
  });

  it('sends a flow once however often it changes while a bundle is under way', async () => {
    const before = await flows();
    const sent = await changesSent();
    // The first change makes a bundle; what comes while that is under way is merged into the next.
    tell({ gone: [], come: [SEGMENT] }, 5);
    await setImmediate();
    expect(reconciler.state).toBe('installing');
    for (let round = 0; round < 100; round++) {
      tell({ gone: [], come: [{ ...PORT, ofport: 10 + round }] }, 5);
      tell({ gone: [{ ...PORT, ofport: 10 + round }], come: [] }, 5);
    }
    tell({ gone: [], come: [PORT] }, 6);
    await waitFor(() => reconciler.isSettled(6), { what: 'the facts to be confirmed' });
    const pipeline = edgePipeline();
    const wanted = pipeline.compile(SEGMENT).length + pipeline.compile(PORT).length;
    expect(await flows()).toHaveLength(before.length + wanted);
    expect((await changesSent()) - sent).toBe(wanted);
  });

  it.each([
    ['while flows are compiled', 0],
    ['while the rest of what was compiled ahead is', 10_000],
    ['with flows that were all compiled ahead', Number.POSITIVE_INFINITY],
  ])('fills an empty switch %s, whatever changes meanwhile', async (_when, ahead) => {
    const many = portsOf(3_000);
    const [first, late, last] = [many[0], many.at(-2), many.at(-1)];
    if (!first || !late || !last) throw new Error('no ports');
    const turns = new HeldTurns();
    await fillFrom(many, turns, ahead);
    // One that has been sent, two that have not, a new one, and one that is both.
    const moved = [first, late].map((port) => ({ ...port, network: 8 }));
    const brief = { ...PORT, key: 20_000, mac: 20_000n };
    tell({ gone: [first, late, last], come: [...moved, SEGMENT, brief] }, 10);
    tell({ gone: [brief], come: [] }, 11);
    turns.goOn();
    await waitFor(() => reconciler.isSettled(11), { what: 'the facts to be confirmed' });
    const wanted = [...many.slice(1, -2), ...moved, SEGMENT];
    expect(await flows()).toHaveLength(reconciler.desired.flows.size);
    expect([...reconciler.refused]).toEqual([]);
    // Each flow is found as a fresh compile has it.
    await reconnect(wanted);
    expect(await changesSent()).toBe(0);
  });

  it('fills an empty switch with all other flows when it refuses some', async () => {
    const bad: Facts['localPort'] = { ...PORT, key: 6, mac: 0x020000000006n, ofport: 0xfffffff7 };
    await fillFrom([...portsOf(2_000), bad]);
    await steady();
    const refused = [...reconciler.refused];
    expect(refused.map(({ error }) => error)).toContain('OFPBAC_BAD_OUT_PORT');
    expect(reconciler.isFaulty('localPort', 6)).toBe(true);
    expect(await flows()).toHaveLength(reconciler.desired.flows.size - refused.length);
  });

  it('lets packets in last when it fills a switch, and finds out what somebody does meanwhile', async () => {
    const turns = new HeldTurns();
    await fillFrom(portsOf(2_000), turns);
    await waitFor(async () => (await flows()).length > 0, { what: 'the first flows' });
    expect(await hypervisor.ofctl('dump-flows', BRIDGE, 'table=0')).not.toContain('actions');
    await hypervisor.ofctl('del-flows', BRIDGE);
    turns.goOn();
    await steady();
    const all = reconciler.desired.flows.size;
    await waitFor(async () => (await flows()).length === all, { what: 'all flows' });
  });

  it('brings thousands of flows in one go', async () => {
    const many = portsOf(4_000);
    tell({ gone: [], come: many }, 200);
    await waitFor(() => reconciler.isSettled(200), { what: 'the facts to be confirmed' });
    expect(await flows()).toHaveLength(reconciler.desired.flows.size);
    // Found again as they are: nothing is sent.
    await reconnect(many);
    expect(await changesSent()).toBe(0);
  });
});
