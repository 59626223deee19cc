import type { Logger } from 'pino';
import type { Facts } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { ChannelError } from '#controller/channel/errors';
import type { FactDelta } from '#controller/model/fact-delta';
import type { Model } from '#controller/model/model';
import type { ChassisRecord } from '#controller/store/records';
import type { Pipeline } from '#pipeline';
import type { ForeignPolicy } from './audit/foreign-policy.ts';
import { Ahead } from './desired/ahead.ts';
import { Desired } from './desired/desired.ts';
import { FlowCounts } from './desired/flow-counts.ts';
import { ReconcileError } from './errors.ts';
import { unshownPackets } from './install/meters.ts';
import { Lobby, type LobbyLimits } from './lobby.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { Questions } from './questions.ts';
import { type DropCount, readDrops } from './reading/drops.ts';
import { type LearnedFlows, readLearned } from './reading/learned.ts';
import { type PeerCounters, readPeerCounters } from './reading/peer-counters.ts';
import { SwitchReconciler } from './switch.ts';
import { Turns } from './turns.ts';

export interface ReconcilerOptions {
  readonly pipeline: Pipeline<Facts>;
  readonly model: Pick<Model, 'facts'>;
  /** The store's revision up to which `factsChanged` has told all that commits ask of a switch; nothing while more is to come. */
  readonly upTo: (chassisId: string) => number | undefined;
  readonly log: Logger;
  readonly metrics: ReconcileMetrics;
  /**
   * Whence, and as whom, the hypervisor's OVSDB session comes, or the last one came, once it has told in this run what is
   * plugged in (`originText`). Before that nothing is changed, and only from there its switch may connect.
   */
  readonly originOf: (chassisId: string) => string | undefined;
  /** Asks the hypervisor's database whether it is there, when its switch does not answer. Default: it is not. */
  readonly answers?: (chassisId: string) => Promise<boolean>;
  /** Something about a switch has been confirmed, or its connection came or went. */
  readonly onProgress: (chassisId: string) => void;
  /** The generation in which we are every switch's master. */
  readonly generation: bigint;
  /** A switch has told of a master of this newer generation, or, with undefined, tells of none any more. */
  readonly onMaster?: (chassisId: string, newer: bigint | undefined) => void;
  /** The generation above ours of the master that a hypervisor's database names. Default: none. */
  readonly outrankedBy?: (chassisId: string) => bigint | undefined;
  /** What becomes of flows of others; by default they are left alone. */
  readonly foreignFlows?: ForeignPolicy;
  /** A switch has none of our flows, and so nothing of what they made it remember. */
  readonly onEmpty?: (chassisId: string) => Promise<void>;
  readonly lobby?: LobbyLimits;
}

/** Brings OpenFlow connections together with the chassis they belong to, and keeps every switch reconciled. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #switches = new Map<string, SwitchReconciler>();
  readonly #datapathIds = new Map<string, string>();
  readonly #lobby: Lobby;
  readonly #turns = new Turns();
  readonly #ahead = new Ahead();
  /** By chassis id. */
  readonly #questions = new Map<string, Questions>();
  /** Why the last connection of a switch that has none ended, or did not come about; by chassis id. */
  readonly #ends = new Map<string, string>();
  /** Of which apps the flows of all switches are. */
  readonly flowCounts = new FlowCounts();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#lobby = new Lobby(options.lobby);
  }

  get switches(): Iterable<SwitchReconciler> {
    return this.#switches.values();
  }

  switchOf(chassisId: string): SwitchReconciler | undefined {
    return this.#switches.get(chassisId);
  }

  /** Why the last connection of a switch that is not connected ended, or one from its address did not come about. */
  endOf(chassisId: string): string | undefined {
    return this.#ends.get(chassisId);
  }

  /** What a switch has dropped, by reason; nothing when it is not connected or does not tell. */
  dropsOf(chassisId: string): Promise<readonly DropCount[] | undefined> {
    return this.#ask(chassisId, readDrops);
  }

  /** What a switch has exchanged with others, by the keys of peers; nothing when it is not connected or does not tell. */
  peerCountersOf(chassisId: string): Promise<ReadonlyMap<number, PeerCounters> | undefined> {
    return this.#ask(chassisId, readPeerCounters);
  }

  /** How many packets a switch's meter has not shown us; nothing when it is not connected or does not tell. */
  unshownOf(chassisId: string): Promise<number | undefined> {
    return this.#ask(chassisId, unshownPackets);
  }

  /** What a switch has learned for a port, `most` flows of it at most; nothing when it is not connected, does not tell, or is asked too much. */
  async learnedOf(chassisId: string, portKey: number, most: number): Promise<LearnedFlows | undefined> {
    const questions = this.#questions.get(chassisId) ?? new Questions();
    this.#questions.set(chassisId, questions);
    return questions.ask(`${portKey} ${most}`, () =>
      this.#ask(chassisId, (connection) => readLearned(connection, portKey, most)),
    );
  }

  /** A chassis record is new, has changed or is gone. */
  chassisChanged(id: string, after: ChassisRecord | undefined): void {
    if (after) {
      this.#datapathIds.set(id, after.datapathId);
      if (!this.#switches.has(id)) this.#switches.set(id, this.#makeSwitch(id));
      this.join(id);
    } else {
      const gone = this.#switches.get(id);
      this.#datapathIds.delete(id);
      this.#switches.delete(id);
      this.#questions.delete(id);
      this.#ends.delete(id);
      if (!gone) return;
      this.#ahead.forget(gone.desired);
      for (const flow of gone.desired.compiled.values()) this.flowCounts.remove(flow);
      gone.connection?.close(new ChannelError('OFCH_CLOSED', 'its chassis is gone'));
    }
  }

  /** Facts of a switch have changed, or the last that was due has turned out to be as it was. */
  factsChanged(chassisId: string, delta: FactDelta): void {
    this.#switches.get(chassisId)?.update(delta);
  }

  /** An OpenFlow handshake is done. */
  connected(connection: Connection): void {
    connection.log.debug({ datapath: connection.datapathId }, 'openflow handshake done');
    this.#lobby.enter(connection);
    for (const [id, datapathId] of this.#datapathIds) {
      if (datapathId !== connection.datapathId) continue;
      this.join(id);
      // If it waits for its database, that is about to come.
      this.#expect(id);
    }
  }

  disconnected(connection: Connection, reason: ChannelError): void {
    this.#lobby.leave(connection);
    for (const [id, each] of this.#switches) {
      const isIts = each.connection === connection;
      const isNearMiss = !each.connection && this.#options.originOf(id) === connection.origin;
      if (isIts || isNearMiss) this.#ends.set(id, reason.message);
      if (!isIts) continue;
      each.detach(connection);
      this.#options.onProgress(id);
    }
  }

  /**
   * A connection does not answer, or does again. A switch that is busy leaves its database to answer for it, for a while;
   * where both are silent, the hypervisor is gone, or the way there.
   */
  async pulse(connection: Connection): Promise<void> {
    const found = [...this.#switches].find(([, each]) => each.connection === connection);
    if (!found) return;
    const [id, each] = found;
    const isThere = connection.isAnswering || (await this.#options.answers?.(id)) === true;
    const isWell = connection.isAnswering || (isThere && !connection.isHanging);
    const what = isThere
      ? 'switch does not answer, its database does'
      : 'neither switch nor database answers';
    if (each.takePulse(connection, isWell ? undefined : what)) this.#options.onProgress(id);
  }

  /**
   * Lets a switch's reconciliation begin if all that it needs is there: its hypervisor's database and a connection from
   * the same origin, the newest. Connections from elsewhere that claim to be this switch are closed, and its own, too,
   * once its hypervisor may no longer take part.
   */
  join(chassisId: string): void {
    const each = this.#switches.get(chassisId);
    const datapathId = this.#datapathIds.get(chassisId);
    const origin = this.#options.originOf(chassisId);
    each?.yieldTo(this.#options.outrankedBy?.(chassisId));
    if (!each || !datapathId) return;
    const older = each.connection;
    if (origin === undefined) {
      older?.close(new ChannelError('OFCH_UNCLAIMED', datapathId));
      return;
    }
    const newer = this.#lobby.claiming(datapathId).find((claim) => claim.origin === origin);
    if (newer) {
      this.#lobby.leave(newer);
      this.#ahead.forget(each.desired);
      each.attach(newer);
      this.#ends.delete(chassisId);
      newer.log.info({ datapath: datapathId, chassis: chassisId }, 'switch connected');
      older?.close(new ChannelError('OFCH_REPLACED', newer.peer));
    } else if (older && (older.origin !== origin || older.datapathId !== datapathId)) {
      older.close(new ChannelError('OFCH_IMPOSTOR', chassisId));
    }
    this.#expect(chassisId);
    this.#expose(datapathId);
  }

  /** One of a hypervisor's two connections is there: the flows of its switch are made ready for the other. */
  #expect(chassisId: string): void {
    const each = this.#switches.get(chassisId);
    if (each && !each.connection) this.#ahead.expect(each.desired);
  }

  /** Ends what claims to be this switch, unless it may still be that of a hypervisor of which we don't know yet. */
  #expose(datapathId: string): void {
    const claims = this.#lobby.claiming(datapathId);
    if (claims.length === 0) return;
    const owners = [...this.#datapathIds].flatMap(([id, its]) => (its === datapathId ? [id] : []));
    const homes = owners.map((id) => this.#options.originOf(id));
    if (homes.includes(undefined)) return;
    for (const each of claims) {
      if (!homes.includes(each.origin)) each.close(new ChannelError('OFCH_IMPOSTOR', owners.join(', ')));
    }
  }

  async #ask<T>(
    chassisId: string,
    read: (connection: Connection, pipeline: Pipeline<Facts>, expected: number) => Promise<T>,
  ): Promise<T | undefined> {
    const each = this.#switches.get(chassisId);
    if (!each?.connection || !each.isReachable) return undefined;
    try {
      return await read(each.connection, this.#options.pipeline, each.desired.compiled.size);
    } catch (error) {
      if (error instanceof ChannelError || error instanceof ReconcileError) return undefined;
      throw error;
    }
  }

  #makeSwitch(chassisId: string): SwitchReconciler {
    const { pipeline, model, upTo, log, metrics, onProgress, generation, onMaster, foreignFlows, onEmpty } =
      this.#options;
    const desired = new Desired(pipeline, model.facts(chassisId), (change) => this.flowCounts.change(change));
    return new SwitchReconciler({
      chassisId,
      desired,
      upTo: () => upTo(chassisId),
      turns: this.#turns,
      pipeline,
      log: log.child({ chassis: chassisId }),
      metrics,
      onProgress,
      mastership: { role: 'master', generation },
      onMaster: (newer) => onMaster?.(chassisId, newer),
      ...(foreignFlows && { foreignFlows }),
      ...(onEmpty && { onEmpty }),
    });
  }
}
