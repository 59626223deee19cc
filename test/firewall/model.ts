import { type IpPacket, isError, isGroup, isRequest, reversed, TCP } from './packet.ts';
import { isIn, type Prefix, type Rule } from './rule.ts';

/** A rule as a port has it: those of stateless groups admit no answers. */
export interface GroupRule extends Rule {
  readonly isStateful: boolean;
}

/** What holds for all ports. */
export interface Terms {
  /** Seconds that an opening lasts after it was made or last answered, by IP protocol number; `other` of the rest. */
  readonly idle: Readonly<Record<number, number>> & { readonly other: number };
  /** The same once an answer had FIN or RST. */
  readonly idleAfterFin: number;
  /** The same of what answers may bring along: later fragments, ICMP errors. */
  readonly idleOfRelated: number;
  /** Most openings of a port and direction. */
  readonly limit: number;
  /** The addresses of a group's members. */
  readonly membersOf: (group: string) => readonly Prefix[];
}

/** How long something learned holds. */
interface Learned {
  usedAt: number;
  idle: number;
}

/**
 * What security groups mean for one port: the specification that the compiler is held to, and independent of it. It
 * sees the port's packets in their order. Times are milliseconds on the caller's clock.
 */
export class GuardedPort {
  rules: readonly GroupRule[];
  /** While true every TCP packet that a rule admits is an opening: what was learned before is lost. */
  isRecovering = false;
  readonly #terms: Terms;
  /** What answers are expected, by `keyOf`. */
  readonly #answers = { in: new Map<string, Learned>(), out: new Map<string, Learned>() };

  constructor(rules: readonly GroupRule[], terms: Terms) {
    this.rules = rules;
    this.#terms = terms;
  }

  /** Whether a packet that goes out of, or comes in to, the guest passes. */
  admits(direction: 'in' | 'out', packet: IpPacket, now: number): boolean {
    if (isService(direction, packet)) return true;
    const admitting = this.rules.filter((rule) => this.#covers(rule, direction, packet));
    if (admitting.some(({ isStateful }) => isStateful)) return this.#opens(direction, packet, now);
    return admitting.length > 0 || this.#isAnswer(direction, packet, now);
  }

  /** All that was learned is lost. */
  forget(): void {
    for (const answers of Object.values(this.#answers)) answers.clear();
  }

  /** A rule admits it. If it begins something, its answers are expected; false when too many are already. */
  #opens(direction: 'in' | 'out', packet: IpPacket, now: number): boolean {
    const back = opposite(direction);
    const answer = reversed(packet);
    // Where rules admit the answers anyway there is nothing to remember.
    const needsNone = this.rules.some((rule) => this.#covers(rule, back, answer));
    if (!this.#isOpening(packet) || needsNone) return true;
    const { idle, limit, idleOfRelated } = this.#terms;
    const ofProtocol = idle[packet.protocol] ?? idle.other;
    if (!this.#learn(back, keyOf(answer), ofProtocol, now, limit)) return false;
    if (packet.protocol === 17 && packet.version === 4)
      this.#learn(back, keyOfFragment(answer), idleOfRelated, now, limit);
    if (direction === 'in') this.#learn(back, keyOfError(answer), ofProtocol, now, limit);
    return true;
  }

  #isOpening({ version, target, protocol, icmp, flags = 0 }: IpPacket): boolean {
    if (isGroup(version, target)) return false;
    if (protocol === 6) return this.isRecovering || (flags & (TCP.syn | TCP.ack)) === TCP.syn;
    if (protocol === ICMP[version]) return icmp !== undefined && isRequest(version, icmp.type);
    return true;
  }

  /** No rule admits it: passes if it answers something, and the rule that admitted that is still there. */
  #isAnswer(direction: 'in' | 'out', packet: IpPacket, now: number): boolean {
    const { version, protocol, icmp, flags = 0, fragment } = packet;
    if (protocol === 6 && fragment !== 'later' && (flags & (TCP.ack | TCP.rst)) === 0) return false;
    if (protocol === ICMP[version] && icmp && isError(version, icmp.type)) {
      return direction === 'in'
        ? this.rules.some((rule) => rule.isStateful && rule.version === version)
        : this.#isExpected(direction, keyOfError(packet), now);
    }
    const key = fragment === 'later' ? keyOfFragment(packet) : keyOf(packet);
    const isExpected = this.#isExpected(direction, key, now, (flags & (TCP.fin | TCP.rst)) !== 0);
    const [back, asked] = [opposite(direction), reversed(packet)];
    return isExpected && this.rules.some((rule) => rule.isStateful && this.#covers(rule, back, asked));
  }

  #covers(rule: Rule, direction: 'in' | 'out', packet: IpPacket): boolean {
    const { protocol, ports, icmp, remote } = rule;
    const other = direction === 'in' ? packet.source : packet.target;
    if (rule.direction !== direction || rule.version !== packet.version) return false;
    const isOther = (prefix: Prefix) => prefix.version === packet.version && isIn(prefix, other);
    const remotes = remote === undefined || 'bits' in remote ? remote : this.#terms.membersOf(remote.group);
    if (remotes && ![remotes].flat().some(isOther)) return false;
    if (protocol === undefined) return true;
    // A later fragment shows no ports and no type, and in IPv6 not even its protocol.
    if (packet.fragment === 'later') return packet.version === 6 || protocol === packet.protocol;
    if (protocol !== packet.protocol) return false;
    if (ports && !(packet.ports && packet.ports.target >= ports.first && packet.ports.target <= ports.last))
      return false;
    return !icmp || (packet.icmp?.type === icmp.type && (icmp.code ?? packet.icmp.code) === packet.icmp.code);
  }

  #isExpected(direction: 'in' | 'out', key: string, now: number, isEnd = false): boolean {
    const found = this.#living(direction, now).get(key);
    if (!found) return false;
    found.usedAt = now;
    if (isEnd) found.idle = Math.min(found.idle, this.#terms.idleAfterFin);
    return true;
  }

  #learn(direction: 'in' | 'out', key: string, idle: number, now: number, limit: number): boolean {
    const answers = this.#living(direction, now);
    if (answers.has(key)) return true;
    if (answers.size >= limit) return false;
    answers.set(key, { usedAt: now, idle });
    return true;
  }

  #living(direction: 'in' | 'out', now: number): Map<string, Learned> {
    const answers = this.#answers[direction];
    for (const [key, { usedAt, idle }] of answers) if (now > usedAt + idle * 1000) answers.delete(key);
    return answers;
  }
}

const ICMP = { 4: 1, 6: 58 } as const;
/** ICMPv6 that the network itself lives by: multicast listeners, routers, neighbours (RFC 2710, RFC 3810, RFC 4861). */
const SERVICE_TYPES = { in: [130, 131, 132, 134, 135, 136], out: [131, 132, 133, 135, 136, 143] } as const;
/** UDP ports of DHCP by direction: from, to (RFC 2131, 4.1; RFC 8415, 7.2). */
const DHCP = { 4: { in: [67, 68], out: [68, 67] }, 6: { in: [547, 546], out: [546, 547] } } as const;

/** Passes whatever the rules say. */
function isService(direction: 'in' | 'out', { version, protocol, icmp, ports }: IpPacket): boolean {
  if (version === 6 && protocol === 58 && icmp)
    return SERVICE_TYPES[direction].some((type) => type === icmp.type);
  const [source, target] = DHCP[version][direction];
  return protocol === 17 && ports?.source === source && ports.target === target;
}

function opposite(direction: 'in' | 'out'): 'in' | 'out' {
  return direction === 'in' ? 'out' : 'in';
}

function keyOf({ version, source, target, protocol, ports, icmp }: IpPacket): string {
  const detail = ports ? `${ports.source} ${ports.target}` : (icmp?.type ?? '');
  return `${version} ${source} ${target} ${protocol} ${detail}`;
}

function keyOfFragment({ version, source, target, protocol }: IpPacket): string {
  return `fragment ${version} ${source} ${target} ${protocol}`;
}

function keyOfError({ version, source, target }: IpPacket): string {
  return `error ${version} ${source} ${target}`;
}
