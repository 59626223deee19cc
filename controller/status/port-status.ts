import type { Model } from '#controller/model/model';
import type { PortRecord, PortStatus } from '#controller/store/records';
import type { Change, Store } from '#controller/store/store';
import { faultOf, type SwitchView } from './port-problem.ts';
import type { StatusWriter } from './status-writer.ts';

export interface PortStatusOptions {
  readonly store: Store;
  readonly model: Pick<Model, 'homeOf' | 'hostsOf' | 'isHost' | 'claimedBy' | 'usersOf'>;
  readonly switchOf: (chassisId: string) => SwitchView | undefined;
  readonly writer: StatusWriter;
  /** Milliseconds that a port waits for other switches than its own, and that one which has gone is waited for. */
  readonly patienceMs?: number;
  /** Milliseconds on a clock that never jumps. */
  readonly now?: () => number;
}

/** A port on its way up. */
interface Waiting {
  readonly home: string;
  /** Store revision that last changed what the port needs. */
  readonly since: number;
  /** On the clock of `now`: from then on only the port's own switch counts. */
  readonly patientUntil: number;
}

const PATIENCE_MS = 3_000;

/**
 * Turns what the switches have confirmed into the ports' status: ACTIVE when the barrier of the last flow that a port
 * needs has come back from its own switch and from the other connected switches of its network; DOWN when it is
 * unplugged or administratively down, moves to another hypervisor, or flows that it needs are refused. A switch that is
 * away changes nothing: its ports go on forwarding. One that has just gone, or is still to come after a start, counts as
 * connected for a moment: it forwards by what it had, and knows nothing of the port.
 */
export class PortStatusKeeper {
  readonly #options: PortStatusOptions;
  /** Ports that are ACTIVE, or are about to be stored so, with their home. */
  readonly #up = new Map<string, string>();
  /** Ports that wait for confirmation, by network. */
  readonly #waiting = new Map<string, Map<string, Waiting>>();
  readonly #due = new Set<string>();
  readonly #now: () => number;
  /** When switches that are not at work ceased to be, as far as this process has seen. */
  readonly #goneAt = new Map<string, number>();
  /** All were at work until then. */
  readonly #beganAt: number;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;

  constructor(options: PortStatusOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#beganAt = this.#now();
  }

  /** Takes stock after a start: ports left waiting wait again, ports unplugged meanwhile go down. */
  start(): void {
    const { store, model } = this.#options;
    for (const port of store.list('ports')) {
      const home = model.homeOf(port.id);
      // What was confirmed before the restart is still on its switch; it was not if it was another one.
      const isConfirmed = port.status === 'ACTIVE' && (port.lastHome ?? home) === home;
      if (isConfirmed && home !== undefined) this.#up.set(port.id, home);
      this.#look(port, store.revision);
    }
    this.#timer = setInterval(() => this.#examineAll(), 1_000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes in a commit, after the model has. */
  changed(changes: readonly Change[], revision: number): void {
    const { store, model } = this.#options;
    const touched = new Set<string>();
    for (const change of changes) {
      switch (change.collection) {
        case 'ports':
          if (change.after) touched.add(change.id);
          else this.#forget(change.before);
          if (isSamePlace(change.before, change.after)) break;
          for (const id of model.usersOf(change.id)) touched.add(id);
          break;
        case 'trunks':
          for (const trunk of [change.before, change.after])
            for (const { portId } of trunk?.subPorts ?? []) touched.add(portId);
          break;
        case 'vifs':
          for (const vif of [change.before, change.after])
            for (const id of vif ? model.usersOf(vif.portId) : []) touched.add(id);
          break;
        case 'networks':
          if (change.before?.adminStateUp === change.after?.adminStateUp) break;
          for (const port of store.find('ports', 'network', change.id)) touched.add(port.id);
          break;
        case 'chassis':
          if (change.after === undefined) this.#goneAt.delete(change.id);
          if (change.before?.hostname === change.after?.hostname) break;
          for (const id of model.claimedBy(change.id)) touched.add(id);
          break;
      }
    }
    for (const id of touched) {
      const port = store.get('ports', id);
      if (port) this.#look(port, revision);
    }
  }

  /** A switch confirmed something, or its connection came or went. */
  progress(chassisId: string): void {
    const { store, model, switchOf } = this.#options;
    if (switchOf(chassisId)?.isWorking) this.#goneAt.delete(chassisId);
    else if (!this.#goneAt.has(chassisId)) this.#goneAt.set(chassisId, this.#now());
    for (const networkId of this.#waiting.keys()) {
      if (model.isHost(networkId, chassisId)) this.#examine(networkId);
    }
    if (!switchOf(chassisId)?.hasFaults) return;
    for (const id of model.claimedBy(chassisId)) {
      const port = store.get('ports', id);
      if (port && this.#up.get(id) === chassisId && this.#isFaulty(port, chassisId))
        this.#wait(port, chassisId, store.revision);
    }
  }

  #look(port: PortRecord, revision: number): void {
    const { store, model } = this.#options;
    const home = model.homeOf(port.id);
    if (home === undefined || !port.adminStateUp || !store.get('networks', port.networkId)?.adminStateUp) {
      this.#forget(port);
      this.#write(port, 'DOWN');
    } else if (this.#up.get(port.id) !== home) {
      this.#wait(port, home, revision);
    } else {
      // Activating another of its bindings writes DOWN, though that may lead to where the port is.
      this.#write(port, 'ACTIVE', home);
    }
  }

  #wait(port: PortRecord, home: string, since: number): void {
    this.#up.delete(port.id);
    this.#write(port, 'DOWN');
    const waiting = this.#waiting.get(port.networkId) ?? new Map<string, Waiting>();
    const before = waiting.get(port.id);
    const patientUntil = before?.home === home ? before.patientUntil : this.#now() + this.#patienceMs;
    this.#waiting.set(port.networkId, waiting.set(port.id, { home, since, patientUntil }));
    this.#due.add(port.networkId);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Not at once: the switches learn of this commit in the same turn.
    setImmediate(() => {
      this.#scheduled = false;
      for (const networkId of this.#due) this.#examine(networkId);
      this.#due.clear();
    });
  }

  #forget(port: PortRecord | undefined): void {
    if (!port) return;
    this.#up.delete(port.id);
    const waiting = this.#waiting.get(port.networkId);
    waiting?.delete(port.id);
    if (waiting?.size === 0) this.#waiting.delete(port.networkId);
  }

  #examineAll(): void {
    for (const networkId of this.#waiting.keys()) this.#examine(networkId);
  }

  #examine(networkId: string): void {
    // Thousands may wait for the same commit, on hundreds of switches.
    const known = new Map<number, boolean>();
    const areAllSettled = (since: number) => {
      const isKnown = known.get(since) ?? this.#areAllSettled(networkId, since);
      known.set(since, isKnown);
      return isKnown;
    };
    for (const [id, waiting] of this.#waiting.get(networkId) ?? []) {
      if (!this.#isConfirmed(waiting, areAllSettled)) continue;
      const port = this.#options.store.get('ports', id);
      if (!port || this.#isFaulty(port, waiting.home)) continue;
      this.#forget(port);
      this.#up.set(id, waiting.home);
      this.#write(port, 'ACTIVE', waiting.home);
    }
  }

  #isConfirmed({ home, since, patientUntil }: Waiting, areAllSettled: (since: number) => boolean): boolean {
    const own = this.#options.switchOf(home);
    if (!own?.connection || !own.isSettled(since)) return false;
    return this.#now() >= patientUntil || areAllSettled(since);
  }

  /** Whether all switches of a network that can are known to have what commits up to a revision ask for. */
  #areAllSettled(networkId: string, since: number): boolean {
    const { model, switchOf } = this.#options;
    for (const id of model.hostsOf(networkId)) {
      const each = switchOf(id);
      if (each && (each.isWorking || this.#isAwaited(id)) && !each.isSettled(since)) return false;
    }
    return true;
  }

  /** Whether a switch that is not at work may be back in a moment. */
  #isAwaited(chassisId: string): boolean {
    return this.#now() < (this.#goneAt.get(chassisId) ?? this.#beganAt) + this.#patienceMs;
  }

  get #patienceMs(): number {
    return this.#options.patienceMs ?? PATIENCE_MS;
  }

  #isFaulty(port: PortRecord, home: string): boolean {
    return faultOf(port, home, this.#options) !== undefined;
  }

  /** With the home of a port that is ACTIVE. */
  #write({ id }: PortRecord, status: PortStatus, home?: string): void {
    const { store, writer } = this.#options;
    const isDone = (port: PortRecord | undefined) =>
      port?.status === status && (home === undefined || port.lastHome === home);
    writer.write(`port ${id}`, isDone(store.get('ports', id)), (tx, updatedAt) => {
      const port = tx.get('ports', id);
      if (!port || isDone(port)) return undefined;
      const after = home === undefined ? port : { ...port, lastHome: home };
      if (port.status === status) {
        tx.put('ports', id, after);
        return undefined;
      }
      tx.put('ports', id, { ...after, status, updatedAt, revisionNumber: port.revisionNumber + 1 });
      return { port: id, status };
    });
  }
}

function isSamePlace(a: PortRecord | undefined, b: PortRecord | undefined): boolean {
  return a?.hostId === b?.hostId && a?.isBindingRefused === b?.isBindingRefused;
}
