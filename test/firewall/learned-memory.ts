import type { Memory } from './model.ts';
import { type IpPacket, isError, TCP } from './packet.ts';

/** How long is remembered what a port began. */
export interface Terms {
  /** Seconds without an answer until a connection is forgotten: of TCP, and of all else. */
  readonly idle: { readonly tcp: number; readonly other: number };
  /** The same of TCP once an answer had FIN or RST, or what it answers had RST. */
  readonly idleAfterEnd: number;
}

interface Learned {
  usedAt: number;
  /** Seconds. */
  idle: number;
}

/** The memory of the back end that learns: what is forgotten, and when, is part of what it promises. */
export class LearnedMemory implements Memory {
  readonly #terms: Terms;
  readonly #learned = new Map<string, Learned>();

  constructor(terms: Terms) {
    this.#terms = terms;
  }

  expect(direction: 'in' | 'out', answer: IpPacket, now: number): void {
    const { tcp, other } = this.#terms.idle;
    this.#learn(connectionOf(direction, answer), answer.protocol === 6 ? tcp : other, now);
    // What belongs to all connections of the two: later fragments, and errors.
    this.#learn(pairOf(direction, answer), other, now);
  }

  isExpected(direction: 'in' | 'out', packet: IpPacket, now: number): boolean {
    const { version, protocol, icmp, flags = 0, fragment } = packet;
    const isIcmp = protocol === (version === 4 ? 1 : 58);
    if (fragment === 'later' || (isIcmp && icmp && isError(version, icmp.type)))
      return this.#use(pairOf(direction, packet), now, false);
    if (isIcmp && !(icmp && ANSWERS[version].includes(icmp.type))) return false;
    return this.#use(connectionOf(direction, packet), now, (flags & (TCP.fin | TCP.rst)) !== 0);
  }

  notice(direction: 'in' | 'out', answer: IpPacket, now: number): void {
    if (answer.protocol === 6 && ((answer.flags ?? 0) & TCP.rst) !== 0)
      this.#use(connectionOf(direction, answer), now, true);
  }

  #learn(key: string, idle: number, now: number): void {
    this.#expire(now);
    // What is there already keeps its time: Open vSwitch shortens it, and never makes it longer again.
    if (!this.#learned.has(key)) this.#learned.set(key, { usedAt: now, idle });
  }

  #use(key: string, now: number, isEnd: boolean): boolean {
    this.#expire(now);
    const found = this.#learned.get(key);
    if (!found) return false;
    found.usedAt = now;
    if (isEnd) found.idle = Math.min(found.idle, this.#terms.idleAfterEnd);
    return true;
  }

  #expire(now: number): void {
    for (const [key, { usedAt, idle }] of this.#learned)
      if (now > usedAt + idle * 1000) this.#learned.delete(key);
  }
}

/** ICMP types that answer a request (RFC 792; RFC 950; RFC 4443, 4.2). */
const ANSWERS: Readonly<Record<4 | 6, readonly number[]>> = { 4: [0, 14, 16, 18], 6: [129] };

function connectionOf(direction: 'in' | 'out', packet: IpPacket): string {
  const { protocol, ports, icmp } = packet;
  const detail = ports ? `${ports.source} ${ports.target}` : icmp ? `${icmp.type}/${icmp.code}` : '';
  return `${pairOf(direction, packet)} ${protocol} ${detail}`;
}

function pairOf(direction: 'in' | 'out', { version, source, target }: IpPacket): string {
  return `${direction} ${version} ${source} ${target}`;
}
