import fc from 'fast-check';
import type { PortName, Sending, Step } from './case.ts';
import type { IpPacket } from './packet.ts';
import { addressOf } from './parse-packet.ts';
import type { Rule } from './rule.ts';

/** A packet that is meant for a rule of a port, whatever that turns out to be, or misses it by one thing. */
export interface Aim {
  readonly aim: PortName;
  /** Who is at the other end, counted among the others of the network. */
  readonly other: number;
  /** Which of the port's rules, counted round. */
  readonly rule: number;
  readonly miss: 'nothing' | 'code' | 'port';
  /** What the rule leaves open. */
  readonly rest: { readonly protocol: number; readonly source: number; readonly target: number };
}

export function arbitraryAim(ports: readonly PortName[], protocols: readonly number[]): fc.Arbitrary<Aim> {
  return fc.record({
    aim: fc.constantFrom(...ports),
    other: fc.nat(5),
    rule: fc.nat(20),
    miss: fc.constantFrom('nothing', 'nothing', 'code', 'port'),
    rest: fc.record({
      protocol: fc.constantFrom(...protocols),
      source: fc.constantFrom(1000, 65535),
      target: fc.constantFrom(53, 80),
    }),
  });
}

/** Follows which rules ports have, step by step, to aim at them. */
export class Aiming {
  readonly #ports: readonly PortName[];
  readonly #rules = new Map<string, readonly Rule[]>();
  readonly #groups = new Map<string, readonly string[]>();

  constructor(ports: readonly PortName[]) {
    this.#ports = ports;
  }

  take(step: Step): void {
    if (step.step === 'group') this.#rules.set(step.name, step.rules);
    if (step.step === 'port') this.#groups.set(step.port.text, step.security?.groups ?? []);
  }

  /** The packet of an aim; nothing where the port has no rule, or nobody is with it on its network. */
  packetOf({ aim, other, rule: which, miss, rest }: Aim): Sending | undefined {
    const rules = (this.#groups.get(aim.text) ?? []).flatMap((group) => this.#rules.get(group) ?? []);
    const rule = rules[which % Math.max(1, rules.length)];
    const others = this.#ports.filter(({ network, text }) => network === aim.network && text !== aim.text);
    const end = others[other % Math.max(1, others.length)];
    if (!rule || !end) return undefined;
    const [from, to] = rule.direction === 'in' ? [end, aim] : [aim, end];
    const { version } = rule;
    const ends = { version, source: addressOf(from.number, version), target: addressOf(to.number, version) };
    return { from, to, packet: { ...ends, ...transportOf(rule, miss, rest) } };
  }
}

function transportOf(
  { version, protocol: only, ports, icmp }: Rule,
  miss: Aim['miss'],
  { protocol: drawn, source, target }: Aim['rest'],
): Pick<IpPacket, 'protocol' | 'ports' | 'icmp' | 'flags'> {
  const ofIcmp = version === 4 ? 1 : 58;
  const protocol = only ?? (drawn === 1 ? ofIcmp : drawn);
  if (protocol === ofIcmp) {
    const code = icmp?.code ?? 0;
    const type = icmp?.type ?? (version === 4 ? 8 : 128);
    return { protocol, icmp: { type, code: miss === 'code' ? 1 - code : code } };
  }
  if (![6, 17, 132].includes(protocol)) return { protocol };
  const right = ports?.first ?? target;
  const meant = { source, target: miss === 'port' ? ((ports?.last ?? right) + 1) % 0x10000 : right };
  return { protocol, ports: meant, ...(protocol === 6 && { flags: 2 }) };
}
