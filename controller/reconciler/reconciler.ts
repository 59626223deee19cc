import type { Logger } from 'pino';
import type { Facts } from '#apps';
import type { Pipeline } from '#pipeline';
import type { Connection } from '../channel/connection.ts';
import { ChannelError } from '../channel/errors.ts';
import type { FactDelta, Model } from '../model/model.ts';
import type { ChassisRecord } from '../store/records.ts';
import { Desired } from './desired.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { SwitchReconciler } from './switch.ts';

export interface ReconcilerOptions {
  readonly pipeline: Pipeline<Facts>;
  readonly model: Model;
  readonly log: Logger;
  readonly metrics: ReconcileMetrics;
  /** True once the hypervisor's OVSDB has told in this run what is plugged in: before that nothing is changed. */
  readonly isSynced: (chassisId: string) => boolean;
  /** Something about a switch has been confirmed, or its connection came or went. */
  readonly onProgress: (chassisId: string) => void;
}

/** Brings OpenFlow connections together with the chassis they belong to, and keeps every switch reconciled. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #switches = new Map<string, SwitchReconciler>();
  readonly #chassisByDatapath = new Map<string, string>();
  readonly #connections = new Map<string, Connection>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  switchOf(chassisId: string): SwitchReconciler | undefined {
    return this.#switches.get(chassisId);
  }

  /** A chassis record is new, has changed or is gone. */
  chassisChanged(id: string, before: ChassisRecord | undefined, after: ChassisRecord | undefined): void {
    if (before && before.datapathId !== after?.datapathId) this.#chassisByDatapath.delete(before.datapathId);
    if (after && after.datapathId !== '') this.#chassisByDatapath.set(after.datapathId, id);
    if (!after) {
      this.#connections
        .get(before?.datapathId ?? '')
        ?.close(new ChannelError('OFCH_CLOSED', 'its chassis is gone'));
      this.#switches.delete(id);
    } else if (!this.#switches.has(id)) {
      this.#switches.set(id, this.#makeSwitch(id));
    }
    this.join(id);
  }

  /** Facts have changed by the commit that made the store's `revision`. */
  factsChanged(deltas: ReadonlyMap<string, FactDelta>, revision: number): void {
    for (const [id, delta] of deltas) this.#switches.get(id)?.update(delta, revision);
  }

  /** An OpenFlow handshake is done. A newer connection of the same datapath takes the place of the older. */
  connected(connection: Connection): void {
    const older = this.#connections.get(connection.datapathId);
    this.#connections.set(connection.datapathId, connection);
    older?.close(new ChannelError('OFCH_CLOSED', `${connection.peer} connected for the same datapath`));
    const id = this.#chassisByDatapath.get(connection.datapathId);
    connection.log.info(
      { datapath: connection.datapathId, chassis: id ?? 'unknown yet' },
      'switch connected',
    );
    if (id !== undefined) this.join(id);
  }

  disconnected(connection: Connection): void {
    if (this.#connections.get(connection.datapathId) !== connection) return;
    this.#connections.delete(connection.datapathId);
    const id = this.#chassisByDatapath.get(connection.datapathId);
    if (id === undefined) return;
    this.#switches.get(id)?.detach(connection);
    this.#options.onProgress(id);
  }

  /** Lets a switch's reconciliation begin if all that it needs is there. */
  join(chassisId: string): void {
    const each = this.#switches.get(chassisId);
    if (!each || !this.#options.isSynced(chassisId)) return;
    for (const [datapath, connection] of this.#connections) {
      if (this.#chassisByDatapath.get(datapath) === chassisId && each.connection !== connection)
        each.attach(connection);
    }
  }

  #makeSwitch(chassisId: string): SwitchReconciler {
    const { pipeline, model, log, metrics, onProgress } = this.#options;
    return new SwitchReconciler({
      chassisId,
      desired: new Desired(pipeline, model.facts(chassisId)),
      pipeline,
      log: log.child({ chassis: chassisId }),
      metrics,
      onProgress,
    });
  }
}
