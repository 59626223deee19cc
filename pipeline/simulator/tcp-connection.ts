/** States of one end of a TCP connection (CT_DPIF_TCPS_*, lib/ct-dpif.h), in order. */
const STATE = {
  closed: 0,
  listen: 1,
  synSent: 2,
  synRecv: 3,
  established: 4,
  closeWait: 5,
  finWait1: 6,
  closing: 7,
  lastAck: 8,
  finWait2: 9,
  timeWait: 10,
} as const;

const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** Seconds without packets after which a connection is forgotten, by how far it is (lib/conntrack-tp.c). */
const TIMEOUT = { opening: 30, established: 86_400, closing: 900, finWait: 45, closed: 30 } as const;

/** What a packet is to a connection that is known (enum ct_update_res). */
export type Update = 'valid' | 'validNew' | 'invalid' | 'new';

/** A TCP connection as conntrack follows it (lib/conntrack-tcp.c), but for sequence numbers: all count as right. */
export class TcpConnection {
  #ends: { client: number; server: number } = { client: STATE.synSent, server: STATE.closed };
  /** Seconds. */
  timeout: number = TIMEOUT.opening;

  /** Whether a segment may begin a connection (tcp_valid_new). */
  static mayBegin(flags: number): boolean {
    return !isInvalid(flags) && (flags & (FLAG.syn | FLAG.ack)) !== (FLAG.syn | FLAG.ack);
  }

  /** Takes note of a segment (tcp_conn_update). */
  update(flags: number, isReply: boolean): Update {
    if (isInvalid(flags)) return 'invalid';
    const [from, to] = isReply ? (['server', 'client'] as const) : (['client', 'server'] as const);
    const ends = this.#ends;
    if ((flags & (FLAG.syn | FLAG.ack)) === FLAG.syn) {
      if (ends[from] >= STATE.finWait2 && ends[to] >= STATE.finWait2) return 'new';
      if (ends[from] <= STATE.synSent) {
        ends[from] = STATE.synSent;
        this.timeout = TIMEOUT.opening;
        return 'validNew';
      }
    }
    ends[from] = Math.max(ends[from], STATE.synSent);
    if (flags & FLAG.fin) ends[from] = Math.max(ends[from], STATE.closing);
    if (flags & FLAG.ack) {
      if (ends[to] === STATE.synSent) ends[to] = STATE.established;
      else if (ends[to] === STATE.closing) ends[to] = STATE.finWait2;
    }
    if (flags & FLAG.rst) ends.client = ends.server = STATE.timeWait;
    this.timeout = timeoutOf(ends.client, ends.server);
    return 'valid';
  }
}

function timeoutOf(one: number, other: number): number {
  const [least, most] = [Math.min(one, other), Math.max(one, other)];
  if (least >= STATE.finWait2) return TIMEOUT.closed;
  if (least >= STATE.closing) return TIMEOUT.finWait;
  if (least < STATE.established) return TIMEOUT.opening;
  return most >= STATE.closing ? TIMEOUT.closing : TIMEOUT.established;
}

/** Flags that no end would send (tcp_invalid_flags). */
function isInvalid(flags: number): boolean {
  if (flags & FLAG.syn) {
    if (flags & (FLAG.rst | FLAG.fin)) return true;
  } else if ((flags & (FLAG.ack | FLAG.rst)) === 0) return true;
  return (flags & FLAG.ack) === 0 && (flags & (FLAG.fin | FLAG.psh | FLAG.urg)) !== 0;
}
