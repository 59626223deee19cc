import type { OtherSending, PortName, Sending, Step } from './case.ts';
import { type GroupRule, GuardedPort, type Memory } from './model.ts';
import { isIn } from './rule.ts';
import { addressesOf, type PlacedPort, Topology, type World } from './topology.ts';

/** The reference model of a whole case: a `GuardedPort` for each port whose port security is on. */
export class ModelWorld implements World {
  readonly #topology: Topology;
  readonly #memory: () => Memory;
  readonly #guarded = new Map<string, GuardedPort>();
  #isRecovering = false;
  #now = 0;

  /** `memory` makes what remembers a port's connections. */
  constructor(ports: readonly PortName[], memory: () => Memory) {
    this.#topology = new Topology(ports);
    this.#memory = memory;
  }

  apply(step: Exclude<Step, { step: 'send' }>): void {
    this.#topology.apply(step);
    if (step.step === 'wait') this.#now += step.seconds * 1000;
    if (step.step === 'restart' || step.step === 'recovered') {
      this.#isRecovering = step.step === 'restart';
      if (this.#isRecovering) this.#guarded.clear();
    }
    for (const port of this.#topology.ports) this.#keep(port);
  }

  send(sending: Sending | OtherSending): readonly string[] {
    const from = this.#topology.port(sending.from);
    if (!from.isPlugged || !this.#passes('out', from, sending)) return [];
    const receivers = this.#topology.receiversOf(sending);
    return receivers
      .filter((to) => this.#passes('in', to, sending))
      .map(({ name }) => name.text)
      .sort();
  }

  #passes(direction: 'in' | 'out', port: PlacedPort, sending: Sending | OtherSending): boolean {
    const guarded = this.#guarded.get(port.name.text);
    if (!guarded) return true;
    if ('other' in sending) return true;
    const { packet } = sending;
    const isOwn =
      direction === 'in' ||
      packet.source === 0n ||
      [...addressesOf(port), ...(port.security?.pairs ?? [])].some(
        (own) => own.version === packet.version && isIn(own, packet.source),
      );
    return isOwn && guarded.admits(direction, packet, this.#now);
  }

  /** What a port that is unplugged, or whose port security is off, had learned is lost. */
  #keep(port: PlacedPort): void {
    const { text } = port.name;
    if (!port.security || !port.isPlugged) {
      this.#guarded.delete(text);
      return;
    }
    const guarded = this.#guarded.get(text) ?? this.#fresh();
    guarded.isRecovering = this.#isRecovering;
    this.#guarded.set(text, guarded);
    guarded.rules = this.#topology
      .groupsOf(port)
      .flatMap(({ isStateful, rules }) => rules.map((rule): GroupRule => ({ ...rule, isStateful })));
  }

  #fresh(): GuardedPort {
    return new GuardedPort(this.#memory(), (group) => this.#topology.membersOf(group));
  }
}
