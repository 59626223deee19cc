import { counterpart, type IpPacket, isError, isGroup, isRequest, reversed, TCP } from './packet.ts';
import { isIn, type Prefix, type Rule } from './rule.ts';

/** A rule as a port has it: those of stateless groups admit no answers. */
export interface GroupRule extends Rule {
  readonly isStateful: boolean;
}

/** What remembers a port's connections. Directions are those of the answers. Times are milliseconds. */
export interface Memory {
  /** Has the answers to come remembered. */
  expect(direction: 'in' | 'out', answer: IpPacket, now: number): void;
  /** Whether a packet is one of these answers. */
  isExpected(direction: 'in' | 'out', packet: IpPacket, now: number): boolean;
  /** Takes note of a packet that begins nothing, though a rule admits it and none what answers it. */
  notice(direction: 'in' | 'out', answer: IpPacket, now: number): void;
}

/**
 * What security groups mean for one port: the specification that the compiler is held to, and independent of it. It
 * sees the port's packets in their order. Times are milliseconds on the caller's clock.
 */
export class GuardedPort {
  rules: readonly GroupRule[] = [];
  /**
   * While true what was remembered before is lost: every TCP packet that a rule admits is an opening, and every one in the
   * middle of a session may be an answer.
   */
  isRecovering = false;
  memory: Memory;
  readonly #membersOf: (group: string) => readonly Prefix[];

  /** `membersOf` tells the addresses of a group's members. */
  constructor(memory: Memory, membersOf: (group: string) => readonly Prefix[]) {
    this.memory = memory;
    this.#membersOf = membersOf;
  }

  /** Whether a packet that goes out of, or comes in to, the guest passes. */
  admits(direction: 'in' | 'out', packet: IpPacket, now: number): boolean {
    if (isService(direction, packet)) return true;
    const admitting = this.rules.filter((rule) => this.#covers(rule, direction, packet));
    // Of rules for groups the stateless ones are remembered, too; it lets nothing pass.
    const isRemembered = ({ isStateful, remote }: GroupRule) => isStateful || (remote && 'group' in remote);
    if (admitting.some(isRemembered)) this.#begin(direction, packet, now);
    return admitting.length > 0 || this.#answers(direction, packet, now);
  }

  /** A rule admits it. If it begins something, its answers are to pass, too. */
  #begin(direction: 'in' | 'out', packet: IpPacket, now: number): void {
    const back = opposite(direction);
    const answer = reversed(packet);
    // Where rules admit the answers anyway there is nothing to remember.
    if (this.rules.some((rule) => this.#spares(rule) && this.#covers(rule, back, answer))) return;
    if (this.#isOpening(packet)) this.memory.expect(back, answer, now);
    else this.memory.notice(back, answer, now);
  }

  /**
   * Whether answers that the rule admits need not be remembered. Of a group's members that would cost flows, so only
   * those are asked for that have to be: not when the rules for what is answered admit all of it anyway.
   */
  #spares(rule: GroupRule): boolean {
    if (!rule.remote || 'bits' in rule.remote) return true;
    return rule.isStateful && !this.rules.some((other) => admitsAllAnsweredBy(other, rule));
  }

  #isOpening({ version, target, protocol, icmp, flags = 0, fragment }: IpPacket): boolean {
    if (isGroup(version, target) || fragment === 'later') return false;
    if (protocol === 6 && (flags & TCP.rst) !== 0) return false;
    if (protocol === 6) return this.isRecovering || (flags & (TCP.syn | TCP.ack)) === TCP.syn;
    if (protocol === ICMP[version]) return icmp !== undefined && isRequest(version, icmp.type);
    return true;
  }

  /** No rule admits it: passes if it answers something, and a rule that admits that is still there. */
  #answers(direction: 'in' | 'out', packet: IpPacket, now: number): boolean {
    const { version, target, protocol, icmp, flags = 0 } = packet;
    if (isGroup(version, target)) return false;
    if (protocol === ICMP[version] && icmp && isError(version, icmp.type)) {
      return direction === 'in'
        ? this.rules.some((rule) => rule.isStateful && rule.version === version)
        : this.memory.isExpected(direction, packet, now) && this.#mayBeAbout(packet);
    }
    if (protocol === 6 && packet.fragment !== 'later' && (flags & (TCP.ack | TCP.rst)) === 0) return false;
    const [back, asked] = [opposite(direction), reversed(packet)];
    const isUnderWay =
      protocol === 6 && packet.fragment !== 'later' && (flags & (TCP.ack | TCP.syn | TCP.rst)) === TCP.ack;
    const isExpected = this.memory.isExpected(direction, packet, now) || (this.isRecovering && isUnderWay);
    const isBack = (rule: GroupRule) =>
      rule.isStateful && isAnswered(rule) && this.#covers(rule, back, asked);
    return isExpected && this.rules.some(isBack);
  }

  /** Whether some rule still lets that other begin something that is remembered, whatever it is. */
  #mayBeAbout({ version, target }: IpPacket): boolean {
    return this.rules.some((rule) => {
      const { direction, remote, isStateful } = rule;
      if (direction !== 'in' || rule.version !== version || !isStateful || !isAnswered(rule)) return false;
      return this.#spares(rule) && this.#hasRemote(remote, version, target);
    });
  }

  #hasRemote(remote: Rule['remote'], version: 4 | 6, other: bigint): boolean {
    if (remote === undefined) return true;
    const prefixes = 'bits' in remote ? [remote] : this.#membersOf(remote.group);
    return prefixes.some((prefix) => prefix.version === version && isIn(prefix, other));
  }

  #covers(rule: Rule, direction: 'in' | 'out', packet: IpPacket): boolean {
    const { protocol, ports, icmp, remote } = rule;
    const other = direction === 'in' ? packet.source : packet.target;
    if (rule.direction !== direction || rule.version !== packet.version) return false;
    if (!this.#hasRemote(remote, packet.version, other)) return false;
    if (protocol === undefined) return true;
    // A later fragment shows no ports and no type, and in IPv6 not even its protocol.
    if (packet.fragment === 'later') return packet.version === 6 || protocol === packet.protocol;
    if (protocol !== packet.protocol) return false;
    if (ports && !(packet.ports && packet.ports.target >= ports.first && packet.ports.target <= ports.last))
      return false;
    return !icmp || (packet.icmp?.type === icmp.type && (icmp.code ?? packet.icmp.code) === packet.icmp.code);
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

/** Whether anything answers what a rule admits: an error, say, is answered by nobody, not even in fragments. */
function isAnswered({ version, icmp }: Rule): boolean {
  return icmp === undefined || counterpart(version, icmp.type) !== undefined;
}

/** Whether `rule`, of the other direction, admits whatever `answering` admits answers to. */
function admitsAllAnsweredBy(rule: Rule, answering: Rule): boolean {
  const { version, protocol, ports, icmp, remote } = rule;
  if (rule.direction === answering.direction || version !== answering.version) return false;
  if (protocol !== undefined && protocol !== answering.protocol) return false;
  if (ports && (ports.first > 0 || ports.last < 0xffff)) return false;
  if (icmp) {
    const type = answering.icmp && counterpart(version, answering.icmp.type);
    if (icmp.type !== type || (icmp.code ?? answering.icmp?.code) !== answering.icmp?.code) return false;
  }
  if (!remote) return true;
  const named = answering.remote;
  return 'group' in remote && named !== undefined && 'group' in named && remote.group === named.group;
}

function opposite(direction: 'in' | 'out'): 'in' | 'out' {
  return direction === 'in' ? 'out' : 'in';
}
