import type { OtherSending, PortName, Sending, Step } from './case.ts';
import { type GroupRule, GuardedPort, type Terms } from './model.ts';
import { isIn } from './rule.ts';
import { addressesOf, type PlacedPort, Topology, type World } from './topology.ts';

/** The reference model of a whole case: a `GuardedPort` for each port whose port security is on. */
export class ModelWorld implements World {
  readonly #topology: Topology;
  readonly #terms: Terms;
  readonly #guarded = new Map<string, GuardedPort>();
  #now = 0;

  constructor(ports: readonly PortName[], terms: Omit<Terms, 'membersOf'>) {
    this.#topology = new Topology(ports);
    this.#terms = { ...terms, membersOf: (group) => this.#topology.membersOf(group) };
  }

  apply(step: Exclude<Step, { step: 'send' }>): void {
    this.#topology.apply(step);
    if (step.step === 'wait') this.#now += step.seconds * 1000;
    if (step.step === 'restart' || step.step === 'recovered') {
      for (const port of this.#guarded.values()) {
        if (step.step === 'restart') port.forget();
        port.isRecovering = step.step === 'restart';
      }
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
    if ('other' in sending) return sending.other === 'arp';
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
    const guarded = this.#guarded.get(text) ?? new GuardedPort([], this.#terms);
    this.#guarded.set(text, guarded);
    guarded.rules = this.#topology
      .groupsOf(port)
      .flatMap(({ isStateful, rules }) => rules.map((rule): GroupRule => ({ ...rule, isStateful })));
  }
}
