import type { OtherSending, PortName, Security, Sending, Step } from './case.ts';
import { addressOf } from './parse-packet.ts';
import type { Prefix, Rule } from './rule.ts';

/** Where packets are sent, and seen to arrive or not: the model, the simulator, or a real switch. */
export interface World {
  /** Lets something happen that is no packet. */
  apply(step: Exclude<Step, { step: 'send' }>): void;
  /** Who gets it, by name, sorted. */
  send(sending: Sending | OtherSending): readonly string[];
}

export interface Group {
  readonly isStateful: boolean;
  readonly rules: readonly Rule[];
}

export interface PlacedPort {
  readonly name: PortName;
  /** Absent when port security is off. */
  readonly security?: Security;
  readonly isPlugged: boolean;
}

/** What there is in a case at one moment. */
export class Topology {
  readonly #groups = new Map<string, Group>([['default', DEFAULT_GROUP]]);
  readonly #ports = new Map<string, PlacedPort>();

  /** Ports that are named anywhere are there from the start, without port security unless told. */
  constructor(ports: readonly PortName[]) {
    for (const name of ports) this.#ports.set(name.text, { name, isPlugged: true });
  }

  get ports(): readonly PlacedPort[] {
    return [...this.#ports.values()];
  }

  port({ text }: PortName): PlacedPort {
    const found = this.#ports.get(text);
    if (!found) throw new Error(`there is no port ${text}`);
    return found;
  }

  /** Takes note of a change. */
  apply(step: Step): void {
    if (step.step === 'group') this.#groups.set(step.name, step);
    if (step.step === 'port') {
      const { port, security } = step;
      const { isPlugged } = this.port(port);
      this.#ports.set(port.text, { name: port, isPlugged, ...(security && { security }) });
    }
    if (step.step === 'plug' || step.step === 'unplug')
      this.#ports.set(step.port.text, { ...this.port(step.port), isPlugged: step.step === 'plug' });
  }

  get groupNames(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** Knows a group by name before it has rules. */
  declare({ name, isStateful }: { readonly name: string; readonly isStateful: boolean }): void {
    if (!this.#groups.has(name)) this.#groups.set(name, { isStateful, rules: [] });
  }

  /** All groups of a port: those with a name, then the one of its own rules. */
  groupsOf({ security }: PlacedPort): readonly Group[] {
    if (!security) return [];
    const named = security.groups.map((name) => this.group(name));
    return [...named, { isStateful: true, rules: security.rules }];
  }

  group(name: string): Group {
    const found = this.#groups.get(name);
    if (!found) throw new Error(`there is no group ${name}`);
    return found;
  }

  /** The addresses of a group's members. */
  membersOf(group: string): readonly Prefix[] {
    return this.ports.flatMap((port) => (port.security?.groups.includes(group) ? addressesOf(port) : []));
  }

  /** Who a packet is for: plugged, and on the sender's network. */
  receiversOf({ from, to }: Sending | OtherSending): readonly PlacedPort[] {
    return this.ports.filter(
      ({ name, isPlugged }) =>
        isPlugged && name.network === from.network && (to ? name.text === to.text : name.text !== from.text),
    );
  }
}

/** A port's own addresses, and those that it may use besides; a pair of all addresses makes nobody a member. */
export function addressesOf({ name, security }: PlacedPort): readonly Prefix[] {
  const own = ([4, 6] as const).map((version) => ({
    version,
    bits: addressOf(name.number, version),
    length: version === 4 ? 32 : 128,
  }));
  return [...own, ...(security?.pairs ?? []).filter(({ length }) => length > 0)];
}

/** What Neutron puts into every project's group `default`. */
const DEFAULT_GROUP: Group = {
  isStateful: true,
  rules: ([4, 6] as const).flatMap((version): Rule[] => [
    { direction: 'out', version },
    { direction: 'in', version, remote: { group: 'default' } },
  ]),
};
