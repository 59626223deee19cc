import { decode, METER, METER_FLAG, type Message, type MeterConfig } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import { type FlowChange, isOurMeter, type Meter, meterOf } from '#pipeline';
import type { MeterDrift } from '../audit/drift.ts';
import type { Desired } from '../desired/desired.ts';
import type { Refusal } from './install.ts';

/** Packets a second, with a burst, counted: what our meters are. */
const FLAGS = METER_FLAG.packets | METER_FLAG.burst | METER_FLAG.statistics;
/** In place of an error's name, for a switch that tells of no meters. */
const UNSUPPORTED = 'no meters';

/** What was read of the meters of a switch. */
export interface MeterFindings {
  readonly drift: readonly MeterDrift[];
  /** Meters that are not ours. */
  readonly foreignCount: number;
}

/**
 * The meters of one switch (OF 1.3.5, 7.3.4.4): what it ought to have, and what it has. Open vSwitch takes none in a bundle,
 * refuses flows whose meter is not there, and deletes a meter's flows with it: so a meter is added before the bundle with its
 * flows, and deleted after the bundle that deletes those. If a switch refuses a meter, its flows are left out, and the port has
 * no limit.
 */
export class Meters {
  readonly #desired: Pick<Desired, 'meters' | 'takeChangedMeters'>;
  #present = new Map<number, Meter>();
  /** Numbers of the meters in which the switch may differ. */
  readonly #touched = new Set<number>();
  /** What the switch has refused, and with which error. */
  readonly #refused = new Map<number, string>();
  #isSupported = true;
  /** Times that the switch was changed: what is read meanwhile is not to be used. */
  #writes = 0;

  constructor(desired: Pick<Desired, 'meters' | 'takeChangedMeters'>) {
    this.#desired = desired;
  }

  /** True when the switch is to be changed. */
  get isDirty(): boolean {
    this.#touch(this.#desired.takeChangedMeters());
    return this.#touched.size > 0;
  }

  /** Tries again what was refused. */
  retry(): void {
    this.#touch(this.#refused.keys());
  }

  /** Reads what the switch has; tells what differs from what was known of it. Rejects as `Connection.request` does. */
  async read(connection: Connection): Promise<MeterFindings> {
    const writes = this.#writes;
    const { ours, foreignCount } = await readMeters(connection);
    if (writes !== this.#writes) return { drift: [], foreignCount };
    this.#isSupported = ours !== undefined;
    const before = this.#present;
    this.#present = ours ?? new Map();
    for (const number of new Set([...this.#desired.meters.keys(), ...this.#present.keys()]))
      if (!isSame(this.#desired.meters.get(number), this.#present.get(number))) this.#touched.add(number);
    return { drift: driftOf(before, this.#present), foreignCount };
  }

  /** Packets that each meter of ours has dropped, if any ought to be there. Rejects as `Connection.request` does. */
  async readDrops(connection: Connection): Promise<MeterDrops> {
    return this.#present.size > 0 ? meterDrops(connection) : new Map();
  }

  /** Adds and changes what ought to be there, before flows. Rejects as `Connection.barrier` does. */
  async prepare(connection: Connection): Promise<void> {
    const sent = new Map<number, Meter>();
    const stopListening = connection.listen(({ type, xid, bytes }) => {
      const meter = type === OFPT.error ? sent.get(xid) : undefined;
      if (meter) this.#refuse(meter.number, errorName(decode(bytes)));
      return meter !== undefined;
    });
    try {
      for (const number of this.#touched) {
        const meter = this.#desired.meters.get(number);
        const present = this.#present.get(number);
        if (!meter) continue;
        this.#touched.delete(number);
        if (isSame(meter, present)) continue;
        if (!this.#isSupported) {
          this.#refuse(number, UNSUPPORTED);
          continue;
        }
        this.#writes++;
        sent.set(connection.send(meterMod(present ? 'modify' : 'add', meter)), meter);
        this.#present.set(number, meter);
      }
      if (sent.size > 0) await connection.barrier();
    } finally {
      stopListening();
    }
  }

  /** Deletes what ought not to be there, after flows. */
  tidy(connection: Connection): void {
    for (const number of this.#touched) {
      if (this.#desired.meters.has(number)) continue;
      this.#touched.delete(number);
      const present = this.#present.get(number);
      if (!present) continue;
      this.#writes++;
      connection.send(meterMod('delete', present));
      this.#present.delete(number);
    }
  }

  /** Why the switch would not take a change: its flow's meter is not there. */
  obstacleTo({ after }: FlowChange): string | undefined {
    const number = after && meterOf(after);
    if (number === undefined || this.#present.has(number)) return undefined;
    return this.#refused.get(number) ?? UNSUPPORTED;
  }

  #touch(numbers: Iterable<number>): void {
    for (const number of numbers) {
      this.#refused.delete(number);
      this.#touched.add(number);
    }
  }

  #refuse(number: number, error: string): void {
    this.#present.delete(number);
    this.#refused.set(number, error);
  }
}

/**
 * Installs changes of flows after the meters that they need are added, and before those that they no longer need are deleted.
 * Resolves with what the switch refused, and what was not sent because its meter is not there. Rejects as `install` does.
 */
export async function installMetered(
  connection: Connection,
  meters: Meters,
  changes: readonly FlowChange[],
  install: (changes: readonly FlowChange[]) => Promise<readonly Refusal[]>,
): Promise<readonly Refusal[]> {
  if (meters.isDirty) await meters.prepare(connection);
  const held: Refusal[] = [];
  const ready = changes.filter((change) => {
    const error = meters.obstacleTo(change);
    if (error !== undefined) held.push({ change, error });
    return error === undefined;
  });
  const refused = await install(ready);
  if (meters.isDirty) meters.tidy(connection);
  return held.length > 0 ? [...refused, ...held] : refused;
}

/** What meters have dropped, by number. */
export type MeterDrops = ReadonlyMap<number, { readonly packets: number; readonly bytes: number }>;

/** What each of our meters on a switch has dropped, of those that have dropped any. Rejects as `Connection.request` does. */
export async function meterDrops(connection: Connection): Promise<MeterDrops> {
  const drops = new Map<number, { readonly packets: number; readonly bytes: number }>();
  await multipart(connection, 'meter', (answer) => {
    if (answer.part !== 'meter') return;
    for (const { meter, bands } of answer.body) {
      if (!isOurMeter(meter)) continue;
      const packets = bands.reduce((sum, { packetCount }) => sum + Number(packetCount), 0);
      const bytes = bands.reduce((sum, { byteCount }) => sum + Number(byteCount), 0);
      if (packets > 0) drops.set(meter, { packets, bytes });
    }
  });
  return drops;
}

/** How many packets a switch's meter of the controller has let go on without showing them; 0 when it has none. Rejects likewise. */
export async function unshownPackets(connection: Connection): Promise<number> {
  let packets = 0;
  await multipart(connection, 'meter', (answer) => {
    if (answer.part !== 'meter') return;
    for (const { meter, bands } of answer.body)
      if (meter === METER.controller)
        packets += bands.reduce((sum, { packetCount }) => sum + Number(packetCount), 0);
  });
  return packets;
}

/** Our meters on a switch, undefined when it has no such thing; and how many there are of others. */
export async function readMeters(
  connection: Connection,
): Promise<{ readonly ours: Map<number, Meter> | undefined; readonly foreignCount: number }> {
  const ours = new Map<number, Meter>();
  let foreignCount = 0;
  const isAnswered = await multipart(connection, 'meterConfig', (answer) => {
    if (answer.part !== 'meterConfig') return;
    for (const config of answer.body)
      if (isOurMeter(config.meter)) ours.set(config.meter, readMeter(config));
      else foreignCount++;
  });
  return { ours: isAnswered ? ours : undefined, foreignCount };
}

function driftOf(
  known: ReadonlyMap<number, Meter>,
  present: ReadonlyMap<number, Meter>,
): readonly MeterDrift[] {
  return [...new Set([...known.keys(), ...present.keys()])].flatMap((number) => {
    const [before, found] = [known.get(number), present.get(number)];
    if (isSame(before, found)) return [];
    return { kind: !found ? 'deleted' : before ? 'changed' : 'added', before, found } as const;
  });
}

/** One that is not as ours are has a rate that ours never have. */
function readMeter({ meter: number, flags, bands }: MeterConfig): Meter {
  const [band] = bands;
  const isOurs = flags === FLAGS && bands.length === 1 && band?.band === 'drop';
  return isOurs ? { number, rate: band.rate, burst: band.burstSize } : { number, rate: 0, burst: 0 };
}

/** Asks of all meters; resolves with false when the switch answers with an error. */
async function multipart(
  connection: Connection,
  part: 'meter' | 'meterConfig',
  take: (answer: Message & { readonly type: 'multipartReply' }) => void,
): Promise<boolean> {
  let isAnswered = true;
  await connection.exchange(
    { type: 'multipartRequest', part, more: false, body: { meter: METER.all } },
    ({ bytes }) => {
      const answer = decode(bytes);
      if (answer.type === 'multipartReply') take(answer);
      else isAnswered = false;
      return answer.type !== 'multipartReply' || !answer.more;
    },
  );
  return isAnswered;
}

function meterMod(command: 'add' | 'modify' | 'delete', { number, rate, burst }: Meter) {
  const bands = command === 'delete' ? [] : [{ band: 'drop', rate, burstSize: burst } as const];
  return { type: 'meterMod', command, flags: FLAGS, meter: number, bands } as const;
}

function isSame(a: Meter | undefined, b: Meter | undefined): boolean {
  return a?.rate === b?.rate && a?.burst === b?.burst;
}

function errorName(message: Message): string {
  return message.type === 'error' ? message.name : 'unknown';
}
