import { type ConnectionKey, connectionKeyOf, isIn, nameOf, reverseKey } from './connection-key.ts';
import { ETH, IP } from './needs.ts';
import { TcpConnection, type Update } from './tcp-connection.ts';

/** Bits of ct_state (ovs-fields(7)). */
export const CT_STATE = { new: 1, established: 2, related: 4, reply: 8, invalid: 16, tracked: 32 } as const;

/** Seconds, of what is not TCP (lib/conntrack-tp.c). */
const TIMEOUT = { icmpFirst: 60, icmpReply: 30, first: 60, multiple: 60, both: 30 } as const;

interface Connection {
  readonly names: readonly [string, string];
  /** ct_mark, and the four words of ct_label. */
  readonly words: Uint32Array;
  readonly update: (flags: number, isReply: boolean) => Update;
  readonly timeout: () => number;
  /** Milliseconds. */
  expiresAt: number;
}

/** What tracking says of a packet. */
export interface Tracked {
  /** Sum of CT_STATE. */
  readonly state: number;
  /** ct_mark and ct_label of its connection, which actions of a commit write. */
  readonly words: Uint32Array;
}

/** The connections of a userspace datapath (process_one, lib/conntrack.c), without NAT, helpers and limits. */
export class Conntrack {
  /** By the names of both directions. */
  readonly #connections = new Map<string, Connection>();

  /** Looks a packet up in a zone, and makes a connection of a new one when `isCommit`. `now` is in milliseconds. */
  track(frame: Uint8Array, zone: number, isCommit: boolean, now: number): Tracked {
    const key = connectionKeyOf(frame);
    if (!key) return told(CT_STATE.invalid);
    const name = nameOf(key, zone);
    const found = this.#find(name, now);
    if (found && key.isRelated) return told(CT_STATE.related | replyBit(found, name), found);
    if (key.isRelated) return told(CT_STATE.invalid);
    if (found) {
      const update = found.update(key.flags, replyBit(found, name) !== 0);
      if (update === 'invalid') return told(CT_STATE.invalid);
      if (update !== 'new') {
        found.expiresAt = now + found.timeout() * 1000;
        if (update === 'validNew') return told(CT_STATE.new, found);
        return told(CT_STATE.established | replyBit(found, name), found);
      }
      this.#remove(found);
    }
    if (key.protocol === IP.tcp && !TcpConnection.mayBegin(key.flags)) return told(CT_STATE.invalid);
    if (!found && !mayBegin(key)) return told(CT_STATE.invalid);
    return told(CT_STATE.new, isCommit ? this.#make(key, zone, now) : undefined);
  }

  /** Forgets all connections of a zone (conntrack_flush). */
  flush(zone: number): void {
    for (const [name, found] of this.#connections) if (isIn(zone, name)) this.#remove(found);
  }

  #find(name: string, now: number): Connection | undefined {
    const found = this.#connections.get(name);
    if (!found || now < found.expiresAt) return found;
    this.#remove(found);
    return undefined;
  }

  #make(key: ConnectionKey, zone: number, now: number): Connection {
    const names = [nameOf(key, zone), nameOf(reverseKey(key), zone)] as const;
    const follow = key.protocol === IP.tcp ? followTcp() : followOther(isIcmp(key));
    const made = { names, words: new Uint32Array(5), ...follow, expiresAt: now + follow.timeout() * 1000 };
    for (const name of names) this.#connections.set(name, made);
    return made;
  }

  #remove({ names }: Connection): void {
    for (const name of names) this.#connections.delete(name);
  }
}

function told(state: number, connection?: Connection): Tracked {
  return { state: state | CT_STATE.tracked, words: connection?.words ?? new Uint32Array(5) };
}

/** The connection's second name is that of its answers. */
function replyBit({ names }: Connection, name: string): number {
  return names[0] === name ? 0 : CT_STATE.reply;
}

function isIcmp({ version, protocol }: ConnectionKey): boolean {
  return protocol === (version === ETH.ipv4 ? IP.icmp : IP.icmpv6);
}

/** Only a request begins an exchange of ICMP (icmp4_valid_new and icmp6_valid_new). */
function mayBegin(key: ConnectionKey): boolean {
  if (!isIcmp(key)) return true;
  const type = Number(key.source.split(' ')[2]);
  return key.version === ETH.ipv4 ? [8, 13, 15].includes(type) : type === 128;
}

function followTcp(): Pick<Connection, 'update' | 'timeout'> {
  const tcp = new TcpConnection();
  return { update: (flags, isReply) => tcp.update(flags, isReply), timeout: () => tcp.timeout };
}

/** Neither TCP's flags nor anything else: only whether both ends have spoken (lib/conntrack-other.c, conntrack-icmp.c). */
function followOther(isExchange: boolean): Pick<Connection, 'update' | 'timeout'> {
  let state: 'first' | 'multiple' | 'both' = 'first';
  return {
    update: (_, isReply) => {
      const was = state;
      if (isReply) state = 'both';
      else if (state === 'first' && !isExchange) state = 'multiple';
      return !isReply && was === 'first' ? 'validNew' : 'valid';
    },
    timeout: () => (isExchange ? (state === 'both' ? TIMEOUT.icmpReply : TIMEOUT.icmpFirst) : TIMEOUT[state]),
  };
}
