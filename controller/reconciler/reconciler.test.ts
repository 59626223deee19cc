import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edgePipeline, type Facts } from '#apps';
import { TestChannel, TYPE, until, WIRE } from '#controller/channel/channel-fixture';
import { originText } from '#controller/door/origin';
import { Model } from '#controller/model/model';
import { openMemoryStore } from '#controller/store/memory-store';
import type { ChassisRecord } from '#controller/store/records';
import { reconcileMetrics } from './metrics.ts';
import { Reconciler, type ReconcilerOptions } from './reconciler.ts';

/** Who may be which switch, with real connections from two addresses of the loopback interface. */
const [HOME, ELSEWHERE] = ['127.0.0.1', '127.0.0.2'];
/** The datapath id that every peer of TestChannel claims. */
const DATAPATH = '0000020000000001';
/** OFPT_ROLE_REQUEST (OF 1.3.5, 7.1). */
const ROLE_REQUEST = 24;
let channel: TestChannel;
let reconciler: Reconciler;
let addresses: Map<string, string>;
/** What the databases answer when they are asked, and how often they were. */
let databases: { answer: boolean; asked: number };
let progress: string[];

function reconcilerOf(model: ReconcilerOptions['model']): Reconciler {
  return new Reconciler({
    pipeline: edgePipeline(),
    model,
    upTo: () => 0,
    log: pino({ level: 'silent' }),
    metrics: reconcileMetrics(new Registry()),
    originOf: (id) => addresses.get(id),
    answers: async () => {
      databases.asked += 1;
      return databases.answer;
    },
    onProgress: (id) => progress.push(id),
    generation: 1n,
  });
}

beforeEach(async () => {
  addresses = new Map();
  databases = { answer: true, asked: 0 };
  progress = [];
  reconciler = reconcilerOf(Model.of(openMemoryStore()));
  await channelWith({ idleMs: 50, answerMs: 50, busyMs: 60_000 });
});
afterEach(() => channel.stop());

async function channelWith(limits: ConstructorParameters<typeof TestChannel>[0]): Promise<void> {
  channel = new TestChannel(limits);
  channel.onPulse = (connection) => void reconciler.pulse(connection);
  channel.onReady = (connection) => reconciler.connected(connection);
  channel.onClosed = (connection, reason) => reconciler.disconnected(connection, reason);
  await channel.listen();
}

function chassis(id: string, datapathId = DATAPATH): ChassisRecord {
  return {
    id,
    hostname: id,
    encapIps: ['192.0.2.1'],
    encapTypes: ['vxlan'],
    bridge: 'br-int',
    datapathId,
    datapathType: 'netdev',
    firewall: 'learn',
    adminStateUp: true,
    tunnelPorts: {},
    physicalNetworks: [],
    peerKeys: {},
  };
}

/** The hypervisor's database has told what it has, in a session from `address`. */
function sync(id: string, address = HOME): void {
  addresses.set(id, address);
  reconciler.join(id);
}

const attached = (id: string) => reconciler.switchOf(id)?.connection;

describe('a switch', () => {
  it('is taken in whatever comes first: chassis, session or connection', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    const { connection } = await channel.handshake(HOME);
    expect(attached('hv1')).toBeUndefined();
    sync('hv1');
    expect(attached('hv1')).toBe(connection);

    const early = await channel.handshake(ELSEWHERE);
    expect(await channel.reasonOf(early.peer)).toBe('OFCH_IMPOSTOR');
  });

  it('is not knocked out by a connection from elsewhere, before or after it is known', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    const spies = [await channel.handshake(ELSEWHERE)];
    const real = await channel.handshake(HOME);
    spies.push(await channel.handshake(ELSEWHERE));
    sync('hv1');
    spies.push(await channel.handshake(ELSEWHERE));
    for (const { peer } of spies) await peer.end();
    expect(channel.closed.map(({ reason }) => reason.code)).toEqual([
      'OFCH_REPLACED',
      'OFCH_IMPOSTOR',
      'OFCH_IMPOSTOR',
    ]);
    expect(channel.log).toContainEqual(
      expect.objectContaining({ level: 40, code: 'OFCH_IMPOSTOR', peer: spies[2]?.peer.address }),
    );
    expect(attached('hv1')).toBe(real.connection);
    expect(real.connection.closed).toBe(false);
  });

  it('is only taken in under the certificate of its hypervisor', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1', originText({ address: HOME, certificate: 'hv1' }));
    const { peer } = await channel.handshake(HOME);
    expect(await channel.reasonOf(peer)).toBe('OFCH_IMPOSTOR');
    expect(attached('hv1')).toBeUndefined();
  });

  it('is let go when its hypervisor may no longer take part', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    const { peer } = await channel.handshake(HOME);
    addresses.delete('hv1');
    reconciler.join('hv1');
    expect(await channel.reasonOf(peer)).toBe('OFCH_UNCLAIMED');
    expect(attached('hv1')).toBeUndefined();
  });

  it('comes back from the same address in place of its older connection', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    const older = await channel.handshake(HOME);
    const newer = await channel.handshake(HOME);
    expect(await channel.reasonOf(older.peer)).toBe('OFCH_REPLACED');
    expect(attached('hv1')).toBe(newer.connection);
    newer.peer.socket.destroy();
    await until(() => attached('hv1') === undefined);
    expect(reconciler.switchOf('hv1')?.state).toBe('absent');
  });

  it('is not taken over by a hypervisor that claims its datapath id', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    const { connection } = await channel.handshake(HOME);
    reconciler.chassisChanged('thief', chassis('thief'));
    sync('thief', ELSEWHERE);
    const stolen = await channel.handshake(ELSEWHERE);
    expect([attached('hv1'), attached('thief')]).toEqual([connection, stolen.connection]);
    expect(channel.closed).toEqual([]);
  });

  it('moves with its hypervisor to another address, and goes with its chassis', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    const before = await channel.handshake(HOME);
    sync('hv1', ELSEWHERE);
    expect(await channel.reasonOf(before.peer)).toBe('OFCH_IMPOSTOR');
    const after = await channel.handshake(ELSEWHERE);
    expect(attached('hv1')).toBe(after.connection);
    reconciler.chassisChanged('hv1', undefined);
    expect(await channel.reasonOf(after.peer)).toBe('OFCH_CLOSED');
    expect(reconciler.switchOf('hv1')).toBeUndefined();
  });

  it('is silent when its database does not answer for it either, until it says something', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    const { peer, connection } = await channel.handshake(HOME);
    const found = reconciler.switchOf('hv1');
    await until(() => databases.asked > 2);
    expect(found?.state).toBe('reading');
    expect(found?.isReachable).toBe(true);
    databases.answer = false;
    progress.length = 0;
    await until(() => found?.state === 'silent');
    const { asked } = databases;
    await until(() => databases.asked > asked + 2);
    expect(found).toMatchObject({ isReachable: false, isWorking: false, connection });
    // Told once, and its connection waits.
    expect(progress).toEqual(['hv1']);
    expect(channel.closed).toEqual([]);
    // Who talks may not listen.
    peer.send(WIRE.echoRequest(1));
    await peer.next(TYPE.echoReply);
    expect(progress).toEqual(['hv1']);
    peer.send(WIRE.echoReply(1));
    await until(() => progress.length === 2);
    expect(found).toMatchObject({ state: 'reading', isReachable: true });
  });

  it('is silent, too, when it hangs for so long that it is not only busy', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    await channel.stop();
    await channelWith({ idleMs: 50, answerMs: 50, busyMs: 200 });
    const { peer, connection } = await channel.handshake(HOME);
    const found = reconciler.switchOf('hv1');
    await until(() => found?.state === 'silent');
    expect(databases.asked).toBeGreaterThan(0);
    expect(connection.isHanging).toBe(true);
    peer.send(WIRE.echoReply(1));
    await until(() => found?.state === 'reading');
  });

  it('is not asked what people want to know while it is silent', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    const { connection } = await channel.handshake(HOME);
    databases.answer = false;
    await until(() => reconciler.switchOf('hv1')?.state === 'silent');
    expect(await reconciler.dropsOf('hv1')).toBeUndefined();
    expect(connection.closed).toBe(false);
  });

  it('says why it is tried again', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    const { peer } = await channel.handshake(HOME);
    const { xid } = await peer.next(ROLE_REQUEST);
    peer.send(WIRE.error(xid));
    await until(() => reconciler.switchOf('hv1')?.state === 'retrying');
    expect(reconciler.switchOf('hv1')?.reason).toBe('the switch gave no role: OFPBRC_BAD_TYPE');
  });

  it('has why it is not connected told, also when it never came to be', async () => {
    reconciler.chassisChanged('hv1', chassis('hv1'));
    sync('hv1');
    await channel.stop();
    await channelWith({ handshakeMs: 200, tickMs: 50 });
    const mute = await channel.dial(HOME);
    expect(await channel.reasonOf(mute)).toBe('OFCH_HANDSHAKE_TIMEOUT');
    expect(reconciler.endOf('hv1')).toBe('the handshake took too long');
    await channel.stop();
    await channelWith({});
    const { peer } = await channel.handshake(HOME);
    expect(reconciler.endOf('hv1')).toBeUndefined();
    peer.send('0405000700000000');
    expect(await channel.reasonOf(peer)).toBe('OFCH_MALFORMED');
    expect(reconciler.endOf('hv1')).toContain('cannot be decoded');
    reconciler.chassisChanged('hv1', undefined);
    expect(reconciler.endOf('hv1')).toBeUndefined();
  });
});

describe('the flows of a switch', () => {
  const PORT: Facts['localPort'] = {
    ...{ kind: 'localPort', key: 5, network: 7, mac: 5n, ofport: 5, addresses: [], isContested: false },
  };
  const isCompiled = (id: string) => reconciler.switchOf(id)?.desired.isComplete;
  beforeEach(() => {
    reconciler = reconcilerOf({ facts: () => [PORT] });
    reconciler.chassisChanged('hv1', chassis('hv1'));
    reconciler.chassisChanged('hv2', chassis('hv2', '0000020000000002'));
  });

  it('are compiled when its database is there and before it is, and those of no other', async () => {
    sync('hv1');
    await until(() => isCompiled('hv1') === true);
    expect(attached('hv1')).toBeUndefined();
    expect(isCompiled('hv2')).toBe(false);
  });

  it('are compiled while it waits for its database', async () => {
    await channel.handshake(HOME);
    await until(() => isCompiled('hv1') === true);
    expect(attached('hv1')).toBeUndefined();
    expect(isCompiled('hv2')).toBe(false);
  });
});
