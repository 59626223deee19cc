import { isDeepStrictEqual } from 'node:util';
import { areSubPortsBound, bindSubPorts } from '#controller/binding/subports';
import { vifType } from '#controller/binding/vif';
import type { Model } from '#controller/model/model';
import type { ChassisRecord, TrunkRecord } from '#controller/store/records';
import type { Change, Store } from '#controller/store/store';
import { type PortFacts, problemOf } from './port-problem.ts';
import type { StatusWriter } from './status-writer.ts';

export interface TrunkStatusOptions extends PortFacts {
  readonly store: Store;
  readonly model: Pick<Model, 'homeOf' | 'claimedBy'>;
  readonly writer: StatusWriter;
}

type Status = Pick<TrunkRecord, 'status' | 'problems'>;

/**
 * Keeps trunks' status, which follows from that of their ports: DOWN while the parent is not plugged or the trunk is
 * administratively down; ERROR when a subport cannot be bound; DEGRADED when one of its ports cannot do its work; ACTIVE
 * when all are ACTIVE; else BUILD, because flows wait for their barrier. It also binds subports when a hypervisor or an
 * interface of the parent comes or goes; what the API changes, it binds itself.
 */
export class TrunkStatusKeeper {
  readonly #options: TrunkStatusOptions;
  /** Trunks that are neither ACTIVE nor DOWN, by the home of their parent: what a switch reports may change them. */
  readonly #unsettled = new Map<string, Set<string>>();
  readonly #homes = new Map<string, string>();

  constructor(options: TrunkStatusOptions) {
    this.#options = options;
  }

  /** Takes stock after a start. */
  start(): void {
    for (const { id } of this.#options.store.list('trunks')) this.#look(id, true);
  }

  /** Takes in a commit, after the model has. */
  changed(changes: readonly Change[]): void {
    const { store } = this.#options;
    /** Trunk id → whether its subports may have to be bound otherwise. */
    const touched = new Map<string, boolean>();
    const touch = (trunks: readonly TrunkRecord[], isMoved: boolean) => {
      for (const { id } of trunks) touched.set(id, isMoved || touched.get(id) === true);
    };
    for (const change of changes) {
      switch (change.collection) {
        case 'trunks':
          if (change.after) touch([change.after], true);
          else this.#settle(change.id, undefined);
          break;
        case 'ports':
          touch(store.find('trunks', 'subPort', change.id), false);
          touch(store.find('trunks', 'port', change.id), true);
          break;
        case 'vifs':
          for (const vif of [change.before, change.after])
            if (vif) touch(store.find('trunks', 'port', vif.portId), true);
          break;
        case 'networks':
          if (change.before?.adminStateUp === change.after?.adminStateUp) break;
          for (const { id } of store.find('ports', 'network', change.id)) {
            touch(store.find('trunks', 'subPort', id), false);
            touch(store.find('trunks', 'port', id), false);
          }
          break;
        case 'chassis':
          for (const id of this.#portsOn(change.id, change.before, change.after))
            touch(store.find('trunks', 'port', id), true);
          break;
      }
    }
    for (const [id, isMoved] of touched) this.#look(id, isMoved);
  }

  /** A switch confirmed or refused something. */
  progress(chassisId: string): void {
    for (const id of [...(this.#unsettled.get(chassisId) ?? [])]) this.#look(id, false);
  }

  /** Ids of the ports that are plugged into a chassis, or bound to one of its names. */
  #portsOn(id: string, ...records: readonly (ChassisRecord | undefined)[]): ReadonlySet<string> {
    const { store, model } = this.#options;
    const names = new Set([id, ...records.flatMap((record) => record?.hostname ?? [])]);
    const bound = [...names].flatMap((name) => store.find('ports', 'host', name));
    return new Set([...model.claimedBy(id), ...bound.map((port) => port.id)]);
  }

  #look(id: string, isMoved: boolean): void {
    const { store, writer, model } = this.#options;
    const trunk = store.get('trunks', id);
    if (trunk === undefined) return;
    if (isMoved)
      writer.write(`subports of ${id}`, areSubPortsBound(store, trunk), (tx, now) => {
        const current = tx.get('trunks', id);
        if (current) bindSubPorts(tx, current, now);
        return undefined;
      });
    const wanted = this.#statusOf(trunk);
    this.#settle(id, isSettled(wanted) ? undefined : model.homeOf(trunk.portId));
    writer.write(`trunk ${id}`, isSame(trunk, wanted), (tx, updatedAt) => {
      const current = tx.get('trunks', id);
      // One that was rewired meanwhile is looked at again when that commit comes round.
      if (!current || isSame(current, wanted) || !isWiredAlike(current, trunk)) return undefined;
      tx.put('trunks', id, { ...current, ...wanted, updatedAt, revisionNumber: current.revisionNumber + 1 });
      return { trunk: id, ...wanted };
    });
  }

  #statusOf(trunk: TrunkRecord): Status {
    const { store, model } = this.#options;
    const parent = store.get('ports', trunk.portId);
    if (!parent || !trunk.adminStateUp || model.homeOf(parent.id) === undefined)
      return { status: 'DOWN', problems: [] };
    const subPorts = trunk.subPorts.flatMap(({ portId }) => store.get('ports', portId) ?? []);
    const failed = subPorts.filter((port) => vifType(port, store) === 'binding_failed');
    if (failed.length > 0) {
      const reason = 'it cannot be bound to where its parent is';
      return {
        status: 'ERROR',
        problems: failed.map(({ id }) => ({ portId: id, reason })),
      };
    }
    const missing = [parent, ...subPorts].filter(({ status }) => status !== 'ACTIVE');
    const problems = missing.flatMap((port) => {
      const reason = problemOf(port, this.#options);
      return reason === undefined ? [] : [{ portId: port.id, reason }];
    });
    if (problems.length > 0) return { status: 'DEGRADED', problems };
    return { status: missing.length === 0 ? 'ACTIVE' : 'BUILD', problems };
  }

  /** Remembers where an unsettled trunk is; undefined: it is settled, or gone. */
  #settle(id: string, home: string | undefined): void {
    const before = this.#homes.get(id);
    if (before === home) return;
    if (before !== undefined) {
      const there = this.#unsettled.get(before);
      there?.delete(id);
      if (there?.size === 0) this.#unsettled.delete(before);
      this.#homes.delete(id);
    }
    if (home === undefined) return;
    this.#homes.set(id, home);
    this.#unsettled.set(home, (this.#unsettled.get(home) ?? new Set<string>()).add(id));
  }
}

function isSettled({ status }: Status): boolean {
  return status === 'ACTIVE' || status === 'DOWN';
}

function isSame(a: Status, b: Status): boolean {
  return a.status === b.status && isDeepStrictEqual(a.problems, b.problems);
}

function isWiredAlike(a: TrunkRecord, b: TrunkRecord): boolean {
  return a.adminStateUp === b.adminStateUp && isDeepStrictEqual(a.subPorts, b.subPorts);
}
