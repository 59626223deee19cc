import { CodecError, decodeMatch, type Match } from 'openflow-codec';
import type { Direction } from '#apps';
import { formatIp, type Ip } from '#controller/base/addresses';
import { regs } from '#pipeline';

/** What is remembered of a connection: who may answer whom. */
export interface Connection {
  /** Of its first packet: `egress` when the port began it. */
  readonly direction: Direction;
  readonly version: 4 | 6;
  /** Number of the IP protocol. */
  readonly protocol: number;
  /** The port's own address. */
  readonly local: Ip;
  readonly peer: Ip;
  /** Ports of TCP, UDP and SCTP; absent for all else. */
  readonly ports?: { readonly local: number; readonly peer: number };
  /** What its first packet asks, in ICMP and ICMPv6. */
  readonly icmp?: { readonly type: number; readonly code: number };
}

type Register = (typeof regs)[keyof typeof regs];

const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132]);
const ICMP = { 4: 1, 6: 58 } as const;

/**
 * Reads a flow that a switch has learned (apps/learn-firewall). Nothing for what remembers no single connection, but
 * fragments and errors of all between two addresses, or was not learned by us.
 */
export function connectionOf(bytes: Uint8Array): Connection | undefined {
  const match = matchOf(bytes);
  if (!match) return undefined;
  const of = (register: Register) => bitsOf(match, register);
  const [toGuest, isIpv6, protocol, related] = [regs.toGuest, regs.isIpv6, regs.protocol, regs.related].map(
    of,
  );
  const [local, peer, localPort, peerPort] = [
    regs.localAddress,
    regs.remoteAddress,
    regs.localPort,
    regs.remotePort,
  ].map(of);
  if (local === undefined || peer === undefined || protocol === undefined || related !== 0n) return undefined;
  const version = isIpv6 === 1n ? 6 : 4;
  const number = Number(protocol);
  const [one, other] = [Number(localPort ?? 0n), Number(peerPort ?? 0n)];
  return {
    direction: toGuest === 1n ? 'egress' : 'ingress',
    version,
    protocol: number,
    local: { version, bits: local },
    peer: { version, bits: peer },
    ...(WITH_PORTS.has(number) && { ports: { local: one, peer: other } }),
    ...(number === ICMP[version] && { icmp: { type: one, code: other } }),
  };
}

/** An address as people read it. */
export function addressText({ version, bits }: Ip): string {
  return formatIp(version, bits);
}

function matchOf(bytes: Uint8Array): Match | undefined {
  try {
    return decodeMatch(bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** The bits of a register that a flow matches; nothing unless it matches all of them. */
function bitsOf(match: Match, register: Register): bigint | undefined {
  const [, wide, digits] = /^(xx)?reg(\d+)$/.exec(register.field) ?? [];
  if (digits === undefined) return undefined;
  // Switches tell of the four registers that a wide one is, the highest bits first.
  const parts = wide === undefined ? [Number(digits)] : [0, 1, 2, 3].map((at) => 4 * Number(digits) + at);
  let [value, mask] = [0n, 0n];
  for (const part of parts) {
    const field = match.find((each) => each.field === `reg${part}`);
    const isField = field !== undefined && field.field !== 'raw';
    const partMask = isField ? BigInt(field.mask ?? ALL_32) : 0n;
    value = (value << 32n) | (isField ? BigInt(field.value) & partMask : 0n);
    mask = (mask << 32n) | partMask;
  }
  const all = (1n << BigInt(register.bits)) - 1n;
  const [low, bits] = [BigInt(register.offset), (mask >> BigInt(register.offset)) & all];
  return bits === all ? (value >> low) & all : undefined;
}

const ALL_32 = 0xffffffff;
