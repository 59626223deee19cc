import { Random, type StreamsResult, TcpStreams, waitFor } from '#lab';
import { Cloud, type Guest } from '../cloud.ts';
import { flowAges, touchedBetween } from '../flow-ages.ts';
import { type Arena, DISRUPTIONS, NOTHING } from './disruptions.ts';

/** How much traffic there is. */
export interface Traffic {
  readonly pingsPerSecond: number;
  readonly streams: number;
  /** Milliseconds between two numbers on one stream. */
  readonly streamIntervalMs: number;
}

/** What was felt of one kind of disruption, over all its rounds. */
export interface Outcome {
  readonly disruption: string;
  readonly rounds: number;
  readonly pings: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly streams: StreamsResult;
  /** Flows that came, went or were put there anew: kinds and keys of their facts. */
  readonly rewritten: readonly string[];
}

/** Ports of the bulk network on each hypervisor. */
const BULK_PORTS = 40;
/** Echo requests of one run, whose numbers have 16 bits. */
const MOST_PINGS = 60_000;

/** Two hypervisors with a guest each that never stop talking, while their controller is disturbed. */
export class ZeroLossArena {
  readonly #cloud: Cloud;
  readonly #guests: readonly [Guest, Guest];
  readonly #arena: Arena;
  readonly #traffic: Traffic;

  private constructor(cloud: Cloud, guests: readonly [Guest, Guest], arena: Arena, traffic: Traffic) {
    this.#cloud = cloud;
    this.#guests = guests;
    this.#arena = arena;
    this.#traffic = traffic;
  }

  static async create(traffic: Traffic, seed: number): Promise<ZeroLossArena> {
    const cloud = await Cloud.create(2, {}, { args: ['--firewall-recovery', '1'] });
    const network = await cloud.network('talking');
    const guests = [
      await cloud.guest(network, cloud.hypervisor(1), 1),
      await cloud.guest(network, cloud.hypervisor(2), 2),
    ] as const;
    const bulk = await cloud.controller.rest.create('network', { name: 'bulk', admin_state_up: false });
    const ports = Array.from({ length: 2 * BULK_PORTS }, (_, at) => ({
      network_id: bulk.id,
      name: `bulk-${at}`,
    }));
    const ids = [...(await cloud.controller.rest.createMany('port', ports)).values()];
    for (const [at, hypervisor] of cloud.hypervisors.entries()) {
      const own = ids.slice(at * BULK_PORTS, (at + 1) * BULK_PORTS);
      await hypervisor.vsctl(
        ...own.flatMap((id, number) => [
          ...['--', 'add-port', 'br-int', `bulk${number}`],
          ...['--', 'set', 'interface', `bulk${number}`, 'type=internal', `external_ids:iface-id=${id}`],
        ]),
      );
    }
    const arena: Arena = {
      lab: cloud.lab,
      random: new Random(seed),
      controller: cloud.controller,
      bulk,
      steady: () => isSteady(arena, cloud.hypervisors.length),
    };
    await waitFor(async () => (await cloud.switches()).every(({ ports: plugged }) => plugged >= BULK_PORTS), {
      what: 'the ports to be plugged',
    });
    await arena.steady();
    return new ZeroLossArena(cloud, guests, arena, traffic);
  }

  /**
   * Disturbs so many times while the guests talk; by a name that no disruption has, not at all. Throws LAB_TIMEOUT when the
   * controller does not come to rest.
   */
  async disturb(disruption: string, rounds: number): Promise<Outcome> {
    const disturb = DISRUPTIONS[disruption] ?? NOTHING;
    const [{ vm: one }, { vm: two }] = this.#guests;
    const { streams: count, streamIntervalMs, pingsPerSecond } = this.#traffic;
    const streams = await TcpStreams.start(one, two, count, streamIntervalMs);
    const outcome = { pings: 0, lost: 0, duplicates: 0 };
    const rewritten: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const pings = one.startPing(two.ip, { intervalMs: 1_000 / pingsPerSecond, waitMs: 10_000 });
      await waitFor(() => pings.received > 20, { what: 'pings to run' });
      const before = await this.#ages();
      await disturb(this.#arena);
      const seen = pings.received;
      await waitFor(() => pings.received > seen + 20, { what: 'pings to go on' });
      const after = await this.#ages();
      const { sent, lost, duplicates } = await pings.stop();
      if (sent > MOST_PINGS) throw new RangeError(`${sent} pings in one round`);
      outcome.pings += sent;
      outcome.lost += lost.length;
      outcome.duplicates += duplicates;
      rewritten.push(...touchedBetween(before, after).flat());
    }
    return { disruption, rounds, ...outcome, streams: await streams.stop(), rewritten };
  }

  stop(): Promise<void> {
    return this.#cloud.stop();
  }

  #ages() {
    return Promise.all(this.#cloud.hypervisors.map(flowAges));
  }
}

async function isSteady({ controller }: Arena, count: number): Promise<void> {
  await waitFor(
    async () => {
      const rows = (await controller.rest.request('GET', '/v1/switches')) as Record<string, unknown>[];
      return rows.length === count && rows.every(({ ovsdb, state }) => ovsdb === true && state === 'steady');
    },
    { what: 'all switches to be steady', timeoutMs: 60_000 },
  );
}
