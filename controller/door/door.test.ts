import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DOOR_LIMITS, Door, type DoorOptions, type Guest } from './door.ts';
import { TestCa, type TestIdentity } from './door-fixture.ts';

const limits = { ...DOOR_LIMITS, silenceMs: 60_000 };
let ours: TestCa;
let theirs: TestCa;
let identity: TestIdentity;
let door: Door;
let port: number;
const guests: (Guest & { text: string })[] = [];
const turnedAway: string[] = [];
const callers: Socket[] = [];

beforeAll(() => {
  [ours, theirs] = [new TestCa(), new TestCa()];
  identity = ours.identity('/CN=controller');
});
afterAll(() => {
  ours.remove();
  theirs.remove();
});
afterEach(async () => {
  for (const socket of callers.splice(0)) socket.destroy();
  const closed = door.close();
  for (const { socket } of guests.splice(0)) socket.destroy();
  turnedAway.splice(0);
  await closed;
});

async function open(options: Partial<DoorOptions> = {}): Promise<void> {
  door = new Door({
    identity,
    limits,
    welcome: (guest) => {
      const heard = { ...guest, text: '' };
      guest.socket.on('error', () => undefined);
      guest.socket.on('data', (chunk) => {
        heard.text += chunk;
      });
      guests.push(heard);
    },
    turnedAway: (_peer, _address, reason) => turnedAway.push(reason),
    onError: (error) => turnedAway.push(error.message),
    ...options,
  });
  const address = await door.listen({ host: '127.0.0.1', port: 0 });
  port = Number(address.split(':')[1]);
}

function kept<S extends Socket>(socket: S): S {
  callers.push(socket);
  return socket.on('error', () => undefined);
}

const plain = () => kept(connect({ host: '127.0.0.1', port }));
const secure = (credentials: ConnectionOptions) =>
  kept(
    connectTls({
      host: '127.0.0.1',
      port,
      ca: identity.ca,
      ...credentials,
      checkServerIdentity: () => undefined,
    }),
  );
const until = (test: () => boolean) => vi.waitUntil(test, { timeout: 20_000, interval: 1 });

/** The first guest, once it has said something. */
async function guestThatSays(): Promise<Guest & { readonly text: string }> {
  await until(() => guests[0]?.text !== undefined && guests[0].text !== '');
  return guests[0] as Guest & { readonly text: string };
}

describe('a door with a certificate', () => {
  it('lets in who shows a certificate of our CA, under its common name', async () => {
    await open();
    secure(ours.identity('/O=Open vSwitch/CN=hv1 id:7')).write('hello');
    const guest = await guestThatSays();
    expect([guest.certificate, guest.text]).toEqual(['hv1 id:7', 'hello']);
    guest.socket.write('answer');
    const [answer] = (await once(callers[0] as Socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('answer');
  });

  it.each(['hv1 ', ' hv1', 'hv1\nhv2', 'hv1,CN=hv2', 'hv1\\/CN=hv2', 'x'.repeat(64)])(
    'takes a common name as it is: %j',
    async (name) => {
      await open();
      secure(ours.identity(`/CN=${name}`)).write('hello');
      expect((await guestThatSays()).certificate).toBe(name.replace('\\', ''));
    },
  );

  it.each([
    ['begins a handshake and says no more', [0x16, 3, 1]],
    ['begins one that goes on for ever', [0x16, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb]],
    ['begins one and goes on with something else', [0x16, ...Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
  ])('gives no place for long to who %s', async (_what, bytes) => {
    await open({ limits: { ...limits, handshakeMs: 50 } });
    plain().write(Uint8Array.from(bytes));
    await until(() => turnedAway.length > 0);
    await until(() => callers[0]?.closed === true);
    expect(guests).toEqual([]);
  });

  it.each([
    ['none', () => ({}), 'did not return a certificate'],
    [
      'one of another CA',
      () => ({ ...theirs.identity('/CN=hv1'), ca: identity.ca }),
      'CERT_SIGNATURE_FAILURE',
    ],
    ['one without a common name', () => ours.identity('/O=Open vSwitch'), 'no common name, or several'],
    ['one with two common names', () => ours.identity('/CN=hv1/CN=hv2'), 'no common name, or several'],
    ['one that is out of date', () => ours.identity('/CN=hv1', -1), 'CERT_HAS_EXPIRED'],
  ])('turns away who shows %s', async (_what, credentials, reason) => {
    await open();
    secure(credentials()).write('hello');
    await until(() => turnedAway.length > 0);
    expect(turnedAway[0]).toContain(reason);
    await until(() => callers[0]?.closed === true);
    expect(guests).toEqual([]);
  });

  it('turns away whose certificate is revoked, from when it is told, and nobody else', async () => {
    await open();
    const [gone, stays] = [ours.identity('/CN=gone'), ours.identity('/CN=stays')];
    secure(gone).write('hello');
    expect((await guestThatSays()).certificate).toBe('gone');
    door.change({ ...identity, crl: ours.revoke(gone) });
    secure(gone).write('again');
    await until(() => turnedAway.length > 0);
    secure(stays).write('hello');
    await until(() => guests.length > 1);
    expect(guests.map(({ certificate }) => certificate)).toEqual(['gone', 'stays']);
    expect(turnedAway).toEqual(['its certificate is refused: CERT_REVOKED']);
  });

  it('begins no second handshake within a connection', async () => {
    await open();
    const socket = secure({ ...ours.identity('/CN=hv1'), maxVersion: 'TLSv1.2' });
    socket.write('hello');
    const guest = await guestThatSays();
    const ended = once(guest.socket, 'error');
    socket.renegotiate({}, () => undefined);
    // Whoever the guest is handed to ends it by that.
    expect(await ended).toMatchObject([{ code: 'ERR_TLS_RENEGOTIATION_DISABLED' }]);
  });

  it('takes plain connections by their first byte, and loses nothing of it', async () => {
    await open();
    plain().write('{"plain": true}');
    const guest = await guestThatSays();
    expect([guest.certificate, guest.text]).toEqual([undefined, '{"plain": true}']);
  });

  it('takes who is silent for plain', async () => {
    await open({ limits: { ...limits, silenceMs: 1 } });
    plain();
    await until(() => guests.length > 0);
    guests[0]?.socket.write('a question');
    const [question] = (await once(callers[0] as Socket, 'data')) as [Buffer];
    expect(question.toString()).toBe('a question');
  });

  it('takes no plain connection when TLS is required', async () => {
    await open({ requireTls: true, limits: { ...limits, silenceMs: 1 } });
    plain().write('{"plain": true}');
    await until(() => turnedAway.length > 0);
    secure(ours.identity('/CN=hv1')).write('hello');
    expect((await guestThatSays()).certificate).toBe('hv1');
    expect(guests).toHaveLength(1);
  });

  it('has few places for those who cannot decide, and gives the oldest away', async () => {
    await open({ limits: { ...limits, hall: { all: 2, each: 2 } } });
    const [first] = [plain(), plain()];
    await once(first as Socket, 'connect');
    await until(() => callers.every((socket) => !socket.connecting));
    plain();
    await until(() => first?.closed === true);
    expect(turnedAway).toEqual(['too many connections wait to be let in']);
    callers[2]?.write('{');
    expect((await guestThatSays()).text).toBe('{');
  });

  it('shows another certificate when it is given one', async () => {
    await open();
    door.change(ours.identity('/CN=another'));
    const caller = secure(ours.identity('/CN=hv1'));
    await once(caller, 'secureConnect');
    expect(caller.getPeerCertificate().subject.CN).toBe('another');
  });

  it('closes although somebody stands in the hall', async () => {
    await open();
    const caller = plain();
    await once(caller, 'connect');
    await door.close();
    await open();
  });
});

describe('a door without a certificate', () => {
  it('says why a guest that speaks TLS will not be understood, and of no other', async () => {
    await open({ identity: undefined });
    plain().write('{"plain": true}');
    await guestThatSays();
    expect(turnedAway).toEqual([]);
    secure(ours.identity('/CN=hv1'));
    await until(() => turnedAway.length > 0);
    expect(turnedAway).toEqual(['it speaks TLS, for which there is no certificate here: --switch-tls-cert']);
  });

  it('lets everybody in at once', async () => {
    await open({ identity: undefined });
    plain();
    await until(() => guests.length > 0);
    expect(guests[0]?.certificate).toBeUndefined();
  });
});
