import { encodeToBytes, type Message, type MeterConfig, PORT } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import type { Connection } from '#controller/channel/connection';
import { type RawMessage, rawMessage } from '#controller/channel/raw-message';
import { type Flow, type FlowChange, type Meter, makeFlow } from '#pipeline';
import { installMetered, Meters } from './meters.ts';

const NUMBER = 0x0a000005;
const METER: Meter = { number: NUMBER, rate: 10, burst: 20 };

describe('the meters of a switch', () => {
  it('come before the flows that need them, and go after', async () => {
    const peer = new PeerWithMeters();
    const wanted = new Wanted([METER]);
    const meters = new Meters(wanted);
    await meters.read(peer.connection);
    expect(await push(peer, meters, [comes(NUMBER)])).toEqual([]);
    expect(peer.told).toEqual([`add ${NUMBER} 10/20`, 'barrier', 'flows 1']);

    wanted.set({ ...METER, rate: 11 });
    await push(peer, meters, []);
    wanted.delete(NUMBER);
    await push(peer, meters, [goes(NUMBER)]);
    expect(peer.told.slice(3)).toEqual([
      ...[`modify ${NUMBER} 11/20`, 'barrier', 'flows 0'],
      ...['flows 1', `delete ${NUMBER}`],
    ]);
  });

  it('are left alone when they are right, and when they are not ours', async () => {
    const peer = new PeerWithMeters([configOf(METER), configOf({ ...METER, number: 7 })]);
    const meters = new Meters(new Wanted([METER]));
    expect(await meters.read(peer.connection)).toMatchObject({ foreignCount: 1 });
    await push(peer, meters, [comes(NUMBER)]);
    expect(peer.told).toEqual(['flows 1']);
  });

  it('are mended when somebody has changed them', async () => {
    const stale = { ...METER, number: NUMBER + 1 };
    const peer = new PeerWithMeters([configOf({ ...METER, burst: 1 }), configOf(stale)]);
    const meters = new Meters(new Wanted([METER]));
    await meters.read(peer.connection);
    await push(peer, meters, []);
    expect(peer.told).toEqual([
      ...[`modify ${NUMBER} 10/20`, 'barrier', 'flows 0', `delete ${stale.number}`],
    ]);
    peer.configs = [];
    expect((await meters.read(peer.connection)).drift).toEqual([
      { kind: 'deleted', before: METER, found: undefined },
    ]);
    expect(meters.isDirty).toBe(true);
  });

  it('are not taken from an answer that is older than our own changes', async () => {
    const peer = new PeerWithMeters();
    const wanted = new Wanted([METER]);
    const meters = new Meters(wanted);
    // The switch answers before it gets the meter, and is heard after.
    const reading = meters.read(peer.connection);
    expect(meters.isDirty).toBe(true);
    const installing = push(peer, meters, [comes(NUMBER)]);
    expect((await reading).drift).toEqual([]);
    expect(await installing).toEqual([]);
    expect(meters.isDirty).toBe(false);
  });

  it('leave out whatever would send to the controller without a limit', async () => {
    const without = new PeerWithMeters('no meters');
    const none = new Meters(new Wanted([]));
    await none.read(without.connection);
    const output = { action: 'output', port: PORT.controller, maxLength: 0xffff } as const;
    const flow = makeFlow(1, 1, { hi: 0, lo: 0 }, [], [{ instruction: 'apply_actions', actions: [output] }]);
    const change = { before: undefined, after: flow };
    expect(await push(without, none, [change])).toEqual([{ change, error: 'no meters' }]);
  });

  it('leave their flows out, and no others, where the switch takes none', async () => {
    const flows = [comes(NUMBER), comes(undefined)];
    const without = new PeerWithMeters('no meters');
    const none = new Meters(new Wanted([METER]));
    await none.read(without.connection);
    expect(await push(without, none, flows)).toEqual([{ change: flows[0], error: 'no meters' }]);
    expect(without.told).toEqual(['flows 1']);

    const full = new PeerWithMeters([], 'full');
    const refused = new Meters(new Wanted([METER]));
    await refused.read(full.connection);
    expect(await push(full, refused, flows)).toEqual([{ change: flows[0], error: 'OFPMMFC_OUT_OF_METERS' }]);
    expect(full.told.at(-1)).toBe('flows 1');
    expect(refused.isDirty).toBe(false);
    refused.retry();
    expect(refused.isDirty).toBe(true);
  });
});

function push(peer: PeerWithMeters, meters: Meters, changes: readonly FlowChange[]) {
  return installMetered(peer.connection, meters, changes, async (ready) => {
    peer.told.push(`flows ${ready.length}`);
    return [];
  });
}

/** What is desired, as Desired tells it. */
class Wanted {
  readonly meters = new Map<number, Meter>();
  #changed: number[] = [];

  constructor(meters: readonly Meter[]) {
    for (const meter of meters) this.set(meter);
  }

  set(meter: Meter): void {
    this.meters.set(meter.number, meter);
    this.#changed.push(meter.number);
  }

  delete(number: number): void {
    this.meters.delete(number);
    this.#changed.push(number);
  }

  takeChangedMeters(): readonly number[] {
    return this.#changed.splice(0);
  }
}

/** As much of a connection as meters ask for. */
class PeerWithMeters {
  readonly told: string[] = [];
  configs: readonly MeterConfig[] | 'no meters';
  readonly #isFull: boolean;
  #take: (message: RawMessage) => boolean = () => false;

  constructor(configs: PeerWithMeters['configs'] = [], room: 'full' | 'room' = 'room') {
    this.configs = configs;
    this.#isFull = room === 'full';
  }

  readonly connection = {
    send: (message: Message) => this.#sent(message),
    exchange: async (_: unknown, take: (answer: RawMessage) => boolean) => void take(this.#answer()),
    listen: (take: (message: RawMessage) => boolean) => {
      this.#take = take;
      return () => undefined;
    },
    barrier: async () => void this.told.push('barrier'),
  } as unknown as Connection;

  #sent(message: Message): number {
    if (message.type !== 'meterMod') return 0;
    const { command, meter, bands } = message;
    const [band] = bands;
    const xid = this.told.push(
      band?.band === 'drop' ? `${command} ${meter} ${band.rate}/${band.burstSize}` : `${command} ${meter}`,
    );
    // OFPMMFC_OUT_OF_METERS (OF 1.3.5, 7.4.4.13).
    if (this.#isFull) queueMicrotask(() => this.#take(wire(error(xid, 12, 10))));
    return xid;
  }

  #answer(): RawMessage {
    const head = { type: 'multipartReply', xid: 1, part: 'meterConfig', more: false } as const;
    // OFPBRC_BAD_MULTIPART.
    return wire(this.configs === 'no meters' ? error(1, 1, 2) : { ...head, body: this.configs });
  }
}

function error(xid: number, errorType: number, errorCode: number): Message {
  return { type: 'error', xid, errorType, errorCode, name: '', data: new Uint8Array() };
}

function wire(message: Message): RawMessage {
  return rawMessage(encodeToBytes(message));
}

function configOf({ number, rate, burst }: Meter): MeterConfig {
  return { flags: 2 | 4 | 8, meter: number, bands: [{ band: 'drop', rate, burstSize: burst }] };
}

function flowThrough(meter: number | undefined): Flow {
  const first = meter === undefined ? [] : [{ instruction: 'meter', meter } as const];
  return makeFlow(5, 1, { hi: 0, lo: 0 }, [], [...first, { instruction: 'goto_table', table: 9 }]);
}

function comes(meter: number | undefined): FlowChange {
  return { before: undefined, after: flowThrough(meter) };
}

function goes(meter: number): FlowChange {
  return { before: flowThrough(meter), after: undefined };
}
