import { connect, openVSwitch, type Session } from 'ovsdb-client-ts';
import { startOvsdbServer, type TestServer } from 'ovsdb-client-ts/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fence, masterIn } from './fence.ts';
import { db, externalIds, type HypervisorCache, newHypervisorCache } from './view.ts';

const schema = new URL('../../packages/ovsdb-client-ts/schema/vswitch.ovsschema', import.meta.url);
const NOW = 1_800_000_000_000;
const [OLD, NEW] = [BigInt(NOW), BigInt(NOW + 1)];
const KEY = 'external_ids:tenantflow-generation';

describe('masterIn', () => {
  const named = (text: string) => masterIn(new Map([['tenantflow-generation', text]]), NOW);

  it('reads what a controller can have begun', () => {
    expect(named('0')).toBe(0n);
    expect(named(String(NEW))).toBe(NEW);
    expect(masterIn(new Map(), NOW)).toBeUndefined();
  });

  it.each([
    '',
    ' 1',
    '01',
    '-1',
    '1.0',
    '0x7',
    '1e12',
    '１２',
    '4503599627370496',
    String(2n ** 64n - 1n),
    String(2n ** 64n),
    '9'.repeat(20),
    '9'.repeat(100_000),
  ])('takes no notice of %#', (text) => {
    expect(named(text)).toBeUndefined();
  });
});

describe('a real database', () => {
  let server: TestServer;
  let session: Session;
  /** What the session was told last, as long as it is asked to look. */
  let view: HypervisorCache;

  beforeEach(async () => {
    server = await startOvsdbServer({ schema });
    session = await connect(server.target);
    view = newHypervisorCache();
    await session.replicate(view);
  });
  afterEach(async () => {
    session.close();
    await server.stop();
  });

  /** ovsdb-server sends what changed to a session before it answers that session. */
  const look = () => session.echo();
  const named = () => server.vsctl('--if-exists', 'get', 'Open_vSwitch', '.', KEY);
  const name = async (text: string) => {
    await server.vsctl('set', 'Open_vSwitch', '.', `${KEY}=${JSON.stringify(text)}`);
    await look();
  };
  const written = async () => (await server.vsctl('get', 'Open_vSwitch', '.', 'next_cfg')) !== '0';
  const write = [db.mutate('Open_vSwitch', [], [['next_cfg', '+=', 1]])];
  const fence = (generation: bigint) => new Fence(session, generation);

  it.each([
    ['names nobody', undefined],
    ['names a former master', String(OLD)],
    ['names this controller', String(NEW)],
    ['names what is no number', 'bogus "quoted"\n'],
    ['names what no controller has begun', String(2n ** 64n - 1n)],
    ['names something very long', 'x'.repeat(100_000)],
  ])('that %s is taken over, and what else stands there stays', async (_, found) => {
    await server.vsctl('set', 'Open_vSwitch', '.', 'external_ids:system-id=hv1');
    if (found !== undefined && found.length < 1_000) await name(found);
    if (found !== undefined && found.length >= 1_000)
      await session.transact(openVSwitch, [
        db.mutate(
          'Open_vSwitch',
          [],
          [['external_ids', 'insert', new Map([['tenantflow-generation', found]])]],
        ),
      ]);
    await look();
    expect(await fence(NEW).takeOver(externalIds(view), write)).toEqual({ result: 'written' });
    await look();
    expect(fence(NEW).isOurs(externalIds(view))).toBe(true);
    expect(externalIds(view)).toEqual(
      new Map([
        ['system-id', 'hv1'],
        ['tenantflow-generation', String(NEW)],
      ]),
    );
    expect(await fence(NEW).write(write)).toEqual({ result: 'written' });
  });

  it('that names a newer master meanwhile takes nothing, neither a repair nor a takeover', async () => {
    await fence(OLD).takeOver(externalIds(view), []);
    await look();
    const before = new Map(externalIds(view));
    await name(String(NEW));
    expect(await fence(OLD).write(write)).toEqual({ result: 'outranked' });
    expect(await fence(OLD).takeOver(before, write)).toEqual({ result: 'outranked' });
    expect(await fence(OLD).takeOver(new Map(), write)).toEqual({ result: 'outranked' });
    expect(await fence(OLD).takeOver(externalIds(view), write)).toEqual({ result: 'outranked' });
    expect(await written()).toBe(false);
    expect(await named()).toBe(`"${NEW}"`);
  });

  it('that names nobody any more takes no repair either, until it is taken over', async () => {
    await fence(OLD).takeOver(new Map(), []);
    await server.vsctl('remove', 'Open_vSwitch', '.', 'external_ids', 'tenantflow-generation');
    expect(await fence(OLD).write(write)).toEqual({ result: 'outranked' });
    expect(await fence(OLD).takeOver(new Map(), write)).toEqual({ result: 'written' });
  });

  it('says what it refuses for other reasons, and by which operation', async () => {
    const wrong = db.assert('nobodys_lock');
    expect(await fence(OLD).takeOver(new Map(), [...write, wrong])).toMatchObject({
      result: 'refused',
      error: { name: 'notOwner' },
      operation: wrong,
    });
    expect(await named()).toBe('');
  });
});
