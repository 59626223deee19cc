import { extract } from './extract.ts';
import { AT, WORD_COUNT } from './layout.ts';
import { ETH, IP } from './needs.ts';

/** One end of a connection: address, and port or ICMP id, type and code, as text. */
type End = string;

/** What connection tracking tells connections by (struct conn_key, lib/conntrack-private.h). */
export interface ConnectionKey {
  readonly version: number;
  readonly protocol: number;
  readonly source: End;
  readonly target: End;
  /** True for an ICMP error: the rest is then of the packet that it is about, turned to the error's direction. */
  readonly isRelated: boolean;
  /** Of TCP. */
  readonly flags: number;
}

/** ICMP types by what conntrack makes of them (extract_l4_icmp and extract_l4_icmp6, lib/conntrack.c). */
const EXCHANGES: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
  [ETH.ipv4]: [
    [8, 0],
    [13, 14],
    [15, 16],
  ],
  [ETH.ipv6]: [[128, 129]],
};
const ERRORS: Readonly<Record<number, readonly number[]>> = {
  [ETH.ipv4]: [3, 4, 5, 11, 12],
  [ETH.ipv6]: [1, 2, 3, 4],
};
/** Header sizes. */
const SIZE: Readonly<Record<number, number>> = { [ETH.ipv4]: 20, [ETH.ipv6]: 40 };

/** Reads a frame as conntrack does (conn_key_extract, lib/conntrack.c); undefined for what it calls invalid. */
export function connectionKeyOf(frame: Uint8Array): ConnectionKey | undefined {
  const words = new Uint32Array(WORD_COUNT);
  const { l4, l4Size } = extract(frame, words);
  const version = words[AT.ethType] ?? 0;
  const protocol = words[AT.nwProto] ?? 0;
  if (l4 === undefined || SIZE[version] === undefined) return undefined;
  const isIpv4 = version === ETH.ipv4;
  const addresses = isIpv4
    ? [`${words[AT.nwSrc]}`, `${words[AT.nwDst]}`]
    : [words.subarray(AT.ipv6Src, AT.ipv6Src + 4).join(), words.subarray(AT.ipv6Dst, AT.ipv6Dst + 4).join()];
  const [source = '', target = ''] = addresses;
  const view = new DataView(frame.buffer, frame.byteOffset + l4, l4Size);
  if (protocol === (isIpv4 ? IP.icmp : IP.icmpv6)) {
    if (l4Size < 8) return undefined;
    if (ERRORS[version]?.includes(view.getUint8(0))) return quoted(version, target, view);
    return exchange({ version, protocol, isRelated: false, flags: 0 }, [source, target], view);
  }
  const flags = words[AT.tcpFlags] ?? 0;
  // Without all of its header a segment is none.
  if (protocol === IP.tcp && flags === 0 && words[AT.tpSrc] === 0) return undefined;
  const common = { version, protocol, isRelated: false, flags: protocol === IP.tcp ? flags : 0 };
  const [from, to] = hasPorts(protocol) ? [words[AT.tpSrc], words[AT.tpDst]] : [0, 0];
  return { ...common, source: `${source} ${from}`, target: `${target} ${to}` };
}

/** The key of the answers. */
export function reverseKey(key: ConnectionKey): ConnectionKey {
  return { ...key, source: key.target, target: key.source };
}

/** A name for the connection's direction that this packet goes in. */
export function nameOf({ version, protocol, source, target }: ConnectionKey, zone: number): string {
  return `${zone} ${version} ${protocol} ${source} > ${target}`;
}

/** Whether a name is of a connection in this zone. */
export function isIn(zone: number, name: string): boolean {
  return name.startsWith(`${zone} `);
}

function hasPorts(protocol: number): boolean {
  // Of SCTP this version knows no more than of any other protocol.
  return protocol === IP.tcp || protocol === IP.udp;
}

/** A request or a reply: conntrack has the type that answers it at the other end. */
function exchange(
  common: Pick<ConnectionKey, 'version' | 'protocol' | 'isRelated' | 'flags'>,
  [source, target]: readonly [string, string],
  view: DataView,
): ConnectionKey | undefined {
  const [type, code, id] = [view.getUint8(0), view.getUint8(1), view.getUint16(4)];
  const pair = EXCHANGES[common.version]?.find((each) => each.includes(type));
  if (!pair || code !== 0) return undefined;
  const answer = pair[0] === type ? pair[1] : pair[0];
  const ends = { source: `${source} ${id} ${type} ${code}`, target: `${target} ${id} ${answer} ${code}` };
  return { ...common, ...ends };
}

/** The packet that an ICMP error is about: only one that its receiver has sent. */
function quoted(version: number, receiver: string, error: DataView): ConnectionKey | undefined {
  const isIpv4 = version === ETH.ipv4;
  const size = SIZE[version] ?? 0;
  if (error.byteLength < 8 + size + 8) return undefined;
  const protocol = error.getUint8(8 + (isIpv4 ? 9 : 6));
  const at = 8 + (isIpv4 ? (error.getUint8(8) & 0xf) * 4 : size);
  const address = (from: number) =>
    isIpv4
      ? `${error.getUint32(8 + from)}`
      : [0, 4, 8, 12].map((skip) => error.getUint32(8 + from + skip)).join();
  const [source, target] = isIpv4 ? [address(12), address(16)] : [address(8), address(24)];
  if (source !== receiver || at + 8 > error.byteLength) return undefined;
  const common = { version, protocol, isRelated: true, flags: 0 };
  if (protocol === (isIpv4 ? IP.icmp : IP.icmpv6)) {
    const view = new DataView(error.buffer, error.byteOffset + at, error.byteLength - at);
    const key = exchange(common, [source, target], view);
    return key && reverseKey(key);
  }
  const [from, to] = hasPorts(protocol) ? [error.getUint16(at), error.getUint16(at + 2)] : [0, 0];
  return reverseKey({ ...common, source: `${source} ${from}`, target: `${target} ${to}` });
}
