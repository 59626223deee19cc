import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { edgePipeline, type Facts } from '#apps';
import { ChannelServer } from '#controller/channel/server';
import type { FactDelta } from '#controller/model/fact-delta';
import type { ForeignPolicy } from '#controller/reconciler/audit/foreign-policy';
import type { SwitchReconciler } from '#controller/reconciler/switch';
import { reconcilerOf } from '#controller/reconciler/switch-fixture';
import { CONTROLLER_ADDRESS, type Hypervisor, Lab, waitFor } from '#lab';
import { LEARNED_SPACE_HI } from '#pipeline';
import { flowAges, touchedBetween } from './flow-ages.ts';
import { BRIDGE, makeBridge, portOf } from './lone-switch.ts';

/** Somebody's hands on a real switch's flows, found and undone while the connection stays. */
const pipeline = edgePipeline();
let lab: Lab;
let hypervisor: Hypervisor;
let channel: ChannelServer;
let reconciler: SwitchReconciler;
let wanted: readonly string[];
/** Up to which all facts have been told. */
let revision = 0;
/** Tells of somebody's changes reach the reconciler; without them, only audits find these. */
let isTold = true;

const PORT = portOf(5);
const SEGMENT: Facts['segment'] = { kind: 'segment', key: 7, ports: [5], peers: [] };

beforeAll(async () => {
  lab = await Lab.create();
  hypervisor = await lab.hypervisor('hv1');
  channel = new ChannelServer(pino({ level: 'silent' }), {
    ready: (connection) => {
      if (!isTold) connection.listen(({ type, xid }) => type === 19 && xid === 0);
      reconciler.attach(connection);
    },
    message: () => undefined,
    closed: (connection) => reconciler.detach(connection),
  });
  const address = await channel.listen({ host: CONTROLLER_ADDRESS, port: 0 });
  reconciler = switchOf([PORT, SEGMENT]);
  await makeBridge(hypervisor, `tcp:${address}`);
  await steady();
  wanted = await hypervisor.dumpFlows();
});
afterAll(async () => {
  await channel.close();
  await lab.stop();
});
beforeEach(() => connectAnew());

function switchOf(facts: readonly Facts[keyof Facts][], foreignFlows: ForeignPolicy = 'leave') {
  revision = 0;
  return reconcilerOf(facts, { upTo: () => revision, foreignFlows });
}

function tell(delta: FactDelta, upTo: number): void {
  revision = upTo;
  reconciler.update(delta);
}

/** A new controller, to which the switch connects anew. */
async function connectAnew(foreignFlows?: ForeignPolicy, facts = [PORT, SEGMENT]): Promise<void> {
  isTold = true;
  reconciler = switchOf(facts, foreignFlows);
  await reconnect();
}

async function reconnect(): Promise<void> {
  await hypervisor.ofctl('del-flows', BRIDGE, 'cookie=0/0xff00000000000000');
  await hypervisor.vsctl('set', 'bridge', BRIDGE, 'protocols=OpenFlow10,OpenFlow13,OpenFlow14');
  await hypervisor.vsctl('set', 'bridge', BRIDGE, 'protocols=OpenFlow10,OpenFlow13');
  await steady();
}

async function steady(): Promise<void> {
  await waitFor(() => reconciler.state === 'steady', { what: 'the switch to be steady' });
}

async function asWanted(): Promise<void> {
  await waitFor(async () => JSON.stringify(await hypervisor.dumpFlows()) === JSON.stringify(wanted), {
    what: 'the flows to be as wanted',
  });
}

async function disturb(): Promise<void> {
  await hypervisor.ofctl('--strict', 'del-flows', BRIDGE, 'table=64,priority=0');
  await hypervisor.addFlows(
    [
      // In our cookie space, but nothing that a fact asks for.
      'cookie=0x7401010000000005,table=200,priority=7,actions=drop',
      // A flow of ours with other actions, and one with a foreign cookie.
      'cookie=0x7401010000000005,table=96,priority=1000,reg2=5,actions=output:9',
      'cookie=0x99,table=0,priority=1000,in_port=5,vlan_tci=0/0x1fff,actions=drop',
    ].join('\n'),
  );
}

describe('an audit', () => {
  it('finds nothing where nothing is wrong, and leaves every flow as it is', async () => {
    const before = await flowAges(hypervisor);
    expect(await reconciler.audit()).toBe(true);
    expect(reconciler.audits.report).toMatchObject({
      drift: { deleted: 0, added: 0, changed: 0 },
      driftAt: null,
      foreign: 0,
      foreignMeters: 0,
    });
    expect(touchedBetween([before], [await flowAges(hypervisor)])).toEqual([[]]);
  });

  it('repairs, counts and explains deletions, additions and changes that the switch did not report', async () => {
    isTold = false;
    reconciler = switchOf([PORT, SEGMENT]);
    await reconnect();
    await disturb();
    expect(await reconciler.audit()).toBe(true);
    await asWanted();
    const { drift, last, driftAt } = reconciler.audits.report;
    expect(drift).toEqual({ deleted: 2, added: 1, changed: 1 });
    expect(driftAt).not.toBeNull();
    const told = last.map(({ kind, found, cause }) => ({ kind, found, cause: cause?.kind }));
    expect(told).toHaveLength(4);
    for (const each of [
      { kind: 'deleted', found: 'a flow of cookie 0x99 in its place', cause: 'localPort' },
      { kind: 'deleted', found: 'nothing', cause: 'always' },
      { kind: 'changed', found: 'other actions', cause: 'localPort' },
      {
        kind: 'added',
        found: 'a flow of our cookies (0x7401010000000005) that nothing asks for',
        cause: 'localPort',
      },
    ])
      expect(told).toContainEqual(each);
  });

  it('counts no change of our own as drift when it is made while the audit reads', async () => {
    const audit = reconciler.audit();
    tell({ gone: [], come: [{ ...PORT, key: 6, mac: 6n, ofport: 6 }] }, 2);
    expect(await audit).toBe(true);
    await waitFor(() => reconciler.isSettled(2), { what: 'the facts to be confirmed' });
    expect(await reconciler.audit()).toBe(true);
    expect(reconciler.audits.report.drift).toEqual({ deleted: 0, added: 0, changed: 0 });
  });

  it('counts no flow as drift that is missing because the switch refused it', async () => {
    // OFPP_UNSET is no port to output to.
    await connectAnew('leave', [PORT, { ...PORT, key: 6, mac: 6n, ofport: 0xfffffff7 }, SEGMENT]);
    expect(reconciler.refusedCount).toBeGreaterThan(0);
    expect(await reconciler.audit()).toBe(true);
    expect(reconciler.audits.report.drift).toEqual({ deleted: 0, added: 0, changed: 0 });
  });

  it('restores how flows see fragments', async () => {
    await hypervisor.ofctl('set-frags', BRIDGE, 'normal');
    expect(await reconciler.audit()).toBe(true);
    expect(await hypervisor.ofctl('get-frags', BRIDGE)).toBe('nx-match\n');
  });
});

describe('what the switch tells', () => {
  it('has somebody’s changes undone before the next regular audit', async () => {
    await disturb();
    await asWanted();
    expect(reconciler.audits.report.drift.deleted).toBeGreaterThan(0);
  });

  it('starts no audit when the change is our own', async () => {
    tell({ gone: [], come: [{ ...PORT, key: 6, mac: 6n, ofport: 6 }] }, 2);
    await waitFor(() => reconciler.isSettled(2), { what: 'the facts to be confirmed' });
    await hypervisor.addFlows('cookie=0x1234,table=0,priority=5,ip,actions=drop');
    await waitFor(() => reconciler.audits.report.at !== null, { what: 'an audit' });
    expect(reconciler.audits.report).toMatchObject({
      drift: { deleted: 0, added: 0, changed: 0 },
      foreign: 1,
      foreignMeters: 0,
    });
  });
});

describe('what a switch has learned', () => {
  const aside = pipeline.layout.tables.find(({ table }) => table.stage === 'aside')?.id;
  const learned = (cookie: string) => `cookie=${cookie},table=${aside},idle_timeout=60,priority=100,tcp`;

  it('is not reported by the switch, not counted as drift, and left alone', async () => {
    // Any flow may learn, as far as its cookie tells.
    const learner = pipeline.compile(PORT)[0]?.cookieHi ?? 0;
    const cookie = `0x${((learner & 0xffffff) | LEARNED_SPACE_HI).toString(16)}00000005`;
    await hypervisor.addFlows(`${learned(cookie)},reg2=5,actions=load:1->NXM_NX_REG0[0]`);
    expect(await reconciler.audit()).toBe(true);
    expect(reconciler.audits.report).toMatchObject({
      drift: { deleted: 0, added: 0, changed: 0 },
      foreign: 0,
      foreignMeters: 0,
    });
    expect(await hypervisor.dumpFlows()).toHaveLength(wanted.length);
    expect(await hypervisor.dumpLearned()).toHaveLength(1);
    await connectAnew('remove');
    expect(await reconciler.audit()).toBe(true);
    expect(await hypervisor.dumpFlows()).toHaveLength(wanted.length);
    expect(await hypervisor.dumpLearned()).toHaveLength(1);
    await hypervisor.ofctl('del-flows', BRIDGE, `cookie=${cookie}/-1`);
  });

  it('is removed when the flow that learned it is gone', async () => {
    const cookie = `0x${(LEARNED_SPACE_HI + 0x080800).toString(16)}00000005`;
    await hypervisor.addFlows(`${learned(cookie)},reg2=5,actions=load:1->NXM_NX_REG0[0]`);
    expect(await reconciler.audit()).toBe(true);
    await waitFor(async () => (await hypervisor.dumpLearned()).length === 0, { what: 'it to be removed' });
    expect(reconciler.audits.report.drift).toEqual({ deleted: 0, added: 0, changed: 0 });
    await asWanted();
  });
});

describe('flows of others', () => {
  const foreign = ['', '0x1234', '0x7300000000000000', '0xf400000000000001', '0x7600000000000000'].map(
    (cookie, at) => `${cookie === '' ? '' : `cookie=${cookie},`}table=200,priority=${at + 1},ip,actions=drop`,
  );

  it('are counted and left alone', async () => {
    await hypervisor.addFlows(foreign.join('\n'));
    expect(await reconciler.audit()).toBe(true);
    expect(reconciler.audits.report.foreign).toBe(foreign.length);
    expect(await hypervisor.dumpFlows()).toHaveLength(wanted.length + foreign.length);
  });

  it('are removed if the operator wants that, and no other flows are', async () => {
    await connectAnew('remove');
    const before = await flowAges(hypervisor);
    await hypervisor.addFlows(foreign.join('\n'));
    expect(await reconciler.audit()).toBe(true);
    await asWanted();
    const [touched] = touchedBetween([before], [await flowAges(hypervisor)]);
    expect(touched?.filter((fact) => !fact.includes(' table=200, '))).toEqual([]);
  });
});
