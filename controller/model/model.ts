import type { AnyFact } from '#apps';
import type { PortRecord } from '#controller/store/records';
import type { Change, StoreView } from '#controller/store/store';
import type { MeterRate } from '#pipeline';
import { derive } from './derive.ts';
import type { DueFacts } from './due-facts.ts';
import { everything } from './everything.ts';
import type { FactDelta, SwitchDelta } from './fact-delta.ts';
import type { FactRef } from './fact-ref.ts';
import type { FirewallSettings } from './firewall/firewall-settings.ts';
import { HeldFacts } from './held-facts.ts';
import { type Arrival, Intake } from './intake.ts';
import { MarkedFacts } from './marks.ts';
import { previewOf } from './preview.ts';
import type { Sweep } from './sweeps.ts';
import { swept } from './swept.ts';

/**
 * Keeps each switch's set of facts up to date from changes of intent and inventory. A change marks the facts that it may
 * touch; those alone are derived again, when somebody asks for it. Synchronous and pure but for its own memory.
 */
export class Model {
  readonly #marks = new MarkedFacts();
  readonly #intake: Intake;
  readonly #facts = new HeldFacts();

  constructor(firewallSettings?: FirewallSettings, broadcastLimit?: MeterRate) {
    this.#intake = new Intake(this.#marks, firewallSettings, broadcastLimit);
  }

  /** The model of everything in the store. */
  static of(view: StoreView, firewallSettings?: FirewallSettings, broadcastLimit?: MeterRate): Model {
    const model = new Model(firewallSettings, broadcastLimit);
    model.apply(everything(view));
    model.recallHomes(view.list('ports'));
    return model;
  }

  /** Ports that have come, as an Arrival says, since this was last asked. */
  takeArrivals(): readonly Arrival[] {
    return this.#intake.takeArrivals();
  }

  /** To be called when everything there is was taken in: only those ports have come that are elsewhere than where they were ACTIVE last. */
  recallHomes(ports: readonly PortRecord[]): void {
    this.#intake.recallHomes(ports);
  }

  /** The facts of a switch, as they were last derived. */
  facts(chassisId: string): Iterable<AnyFact> {
    return this.#facts.of(chassisId)?.values() ?? [];
  }

  /** The chassis that a port is plugged into, if any; a subport is where its trunk's parent is. */
  homeOf(portId: string): string | undefined {
    return this.#intake.world.placement.home(portId);
  }

  /** All chassis where a network is present. */
  hostsOf(networkId: string): Iterable<string> {
    return this.#intake.world.placement.hosts(networkId).keys();
  }

  isHost(networkId: string, chassisId: string): boolean {
    return this.#intake.world.placement.hosts(networkId).has(chassisId);
  }

  networksAt(chassisId: string): ReadonlySet<string> {
    return this.#intake.world.placement.networksAt(chassisId);
  }

  /** Ids of the ports that use an interface of this chassis, at home there or not: those it has VIFs for, and their subports. */
  claimedBy(chassisId: string): ReadonlySet<string> {
    return this.#intake.claimedBy(chassisId);
  }

  /** Ids of the ports that may use a port's interface: its own and those of its subports. */
  usersOf(portId: string): readonly string[] {
    return this.#intake.usersOf(portId);
  }

  /** Takes in changes and derives at once all that is due; returns the switches whose facts changed by it. */
  apply(changes: readonly Change[]): Map<string, FactDelta> {
    for (const change of changes) this.take(change);
    this.settle();
    const deltas = new Map<string, FactDelta>();
    for (const id of [...this.due]) {
      const delta = this.derive(id, Number.POSITIVE_INFINITY);
      if (delta.gone.length > 0 || delta.come.length > 0) deltas.set(id, delta);
    }
    return deltas;
  }

  /** Takes in a change. Where ports are follows at once, facts when they are derived. */
  take(change: Change): void {
    this.#intake.take(change);
  }

  /** The connections of a switch are forgotten, or those of a port that came to it; or that is long enough ago. */
  setRecovering(chassisId: string, portId: string | undefined, isRecovering: boolean): void {
    this.#intake.setRecovering(chassisId, portId, isRecovering);
  }

  /** To be called when all changes of some commits are taken in, and before any facts are derived. */
  settle(): void {
    this.#intake.settle();
  }

  /** Whether facts of a switch are to be derived. */
  isDue(chassisId: string): boolean {
    return this.#marks.has(chassisId);
  }

  /** Whether facts of any switch are. */
  get isAnyDue(): boolean {
    for (const _ of this.#marks.switches) return true;
    return false;
  }

  /** Ids of the switches of which facts are to be derived; those of which some were derived last come last. */
  get due(): Iterable<string> {
    return this.#marks.switches;
  }

  /** Ids of those to which that happened since this was last asked. What comes to be due after this is newer. */
  takeNewlyDue(): Iterable<string> {
    return this.#marks.takeTouched();
  }

  /** Derives due facts of a switch: all of what is on it, and `most` of what is elsewhere, the newest first. */
  derive(chassisId: string, most: number): FactDelta {
    return this.#derive(chassisId, (due, refs) => due.take(most, refs));
  }

  /** The same; of what is elsewhere only what has come to be due since `takeNewlyDue` was asked the last but one time. */
  deriveNew(chassisId: string, most: number): FactDelta {
    return this.#derive(chassisId, (due, refs) => due.takeNew(most, refs));
  }

  /** How facts would change by these changes, without taking them in, in pieces: see `previewOf`. By default it waits for nothing. */
  preview(
    changes: () => readonly Change[],
    mayWait: () => boolean = () => false,
  ): Generator<SwitchDelta | undefined, void> {
    const { world } = this.#intake;
    const isAnyDue = () => this.isAnyDue;
    return previewOf(
      {
        get isAnyDue() {
          return isAnyDue();
        },
        during: (taken, marks, work) => this.#intake.during(taken, marks, work),
        swept: (chassisId, sweep) => this.#swept(chassisId, sweep),
        isDue: (chassisId) => this.isDue(chassisId),
        both: (chassisId, ref) => {
          const chassis = world.chassis.get(chassisId);
          return {
            before: this.#facts.of(chassisId)?.get(ref),
            after: chassis && derive(world, chassis, ref),
          };
        },
      },
      changes,
      mayWait,
    );
  }

  #derive(
    chassisId: string,
    take: (due: DueFacts, swept: (sweep: Sweep) => Iterable<FactRef>) => readonly FactRef[],
  ): FactDelta {
    const { world } = this.#intake;
    const refs = this.#marks.take(chassisId, (due) => take(due, (sweep) => this.#swept(chassisId, sweep)));
    const chassis = world.chassis.get(chassisId);
    return this.#facts.update(chassisId, refs, (ref) => chassis && derive(world, chassis, ref));
  }

  #swept(chassisId: string, sweep: Sweep): Iterable<FactRef> {
    return swept(sweep, chassisId, this.#intake.world, this.#facts.of(chassisId));
  }
}
