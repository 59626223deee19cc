import { type DatapathAction, parseDatapathActions, parsePairs } from './datapath-actions.ts';
import { findHeaders } from './frame-headers.ts';
import { colons, numberOf } from './numbers.ts';

/** What a datapath action list sends where; `tunnel` is its key and addresses as text. */
export interface DatapathOutput {
  /** Datapath port number, or `controller`. */
  readonly port: string;
  readonly bytes: Uint8Array;
  readonly tunnel: string;
}

/** A packet in the datapath. */
interface Carried {
  bytes: Uint8Array;
  tunnel: string;
  /** First byte of the network header; a tag moves it. */
  l3: number;
  l4: number;
  /** Bytes from there on. */
  readonly l4Size: number;
}

/** Does a list of datapath actions to a frame (odp_execute_actions, lib/odp-execute.c), checksums left alone. */
export function execute(actions: string, frame: Uint8Array): DatapathOutput[] {
  const outputs: DatapathOutput[] = [];
  const { l3, l4, end } = findHeaders(frame, 1);
  run(parseDatapathActions(actions), { bytes: frame.slice(), tunnel: '', l3, l4, l4Size: end - l4 }, outputs);
  return outputs;
}

function run(actions: readonly DatapathAction[], packet: Carried, outputs: DatapathOutput[]): void {
  let most: number | undefined;
  for (const { name, text } of actions) {
    if (/^\d+$/.test(name) || name === 'userspace') {
      const port = name === 'userspace' ? 'controller' : name;
      const bytes = packet.bytes.slice(0, most);
      most = undefined;
      outputs.push({ port, bytes, tunnel: packet.tunnel });
    } else if (name === 'trunc') most = Number(text);
    else if (name === 'clone')
      run(parseDatapathActions(text), { ...packet, bytes: packet.bytes.slice() }, outputs);
    else if (name === 'pop_vlan') splice(packet, 12, 4, []);
    else if (name === 'push_vlan') pushTag(packet, new Map(parsePairs(text)));
    else if (name === 'set') set(packet, text);
    else if (name !== 'drop') throw new Error(`datapath action ${name}`);
  }
}

function splice(packet: Carried, at: number, gone: number, put: readonly number[]): void {
  const { bytes } = packet;
  packet.bytes = Uint8Array.from([...bytes.subarray(0, at), ...put, ...bytes.subarray(at + gone)]);
  packet.l3 += put.length - gone;
  packet.l4 += put.length - gone;
}

function pushTag(packet: Carried, values: ReadonlyMap<string, string>): void {
  const tci = (Number(values.get('pcp')) << 13) | Number(values.get('vid'));
  const tpid = Number(values.get('tpid') ?? 0x8100);
  splice(packet, 12, 0, [tpid >> 8, tpid & 0xff, tci >> 8, tci & 0xff]);
}

/** Offset and size of what `set` writes, from the network header (l3) or the transport's (l4) on. */
type Spot = readonly ['l2' | 'l3' | 'l4', offset: number, size: number, shift?: number, bits?: number];

const PORTS: Readonly<Record<string, Spot>> = { src: ['l4', 0, 2], dst: ['l4', 2, 2] };
const TYPE: Readonly<Record<string, Spot>> = { type: ['l4', 0, 1], code: ['l4', 1, 1] };
const SPOTS: Readonly<Record<string, Readonly<Record<string, Spot>>>> = {
  eth: { src: ['l2', 6, 6], dst: ['l2', 0, 6] },
  ipv4: { src: ['l3', 12, 4], dst: ['l3', 16, 4], tos: ['l3', 1, 1], ttl: ['l3', 8, 1] },
  ipv6: {
    src: ['l3', 8, 16],
    dst: ['l3', 24, 16],
    label: ['l3', 0, 4, 0, 20],
    tclass: ['l3', 0, 4, 20, 8],
    hlimit: ['l3', 7, 1],
  },
  arp: { op: ['l3', 6, 2], sha: ['l3', 8, 6], sip: ['l3', 14, 4], tha: ['l3', 18, 6], tip: ['l3', 24, 4] },
  tcp: PORTS,
  udp: PORTS,
  sctp: PORTS,
  icmp: TYPE,
  icmpv6: TYPE,
  nd: { target: ['l4', 8, 16] },
  nd_ext: { nd_reserved: ['l4', 4, 4], nd_options_type: ['l4', 24, 1] },
};
/** Fields that Open vSwitch prints and does not write, or that are no bytes of the frame. */
const READ_ONLY: readonly string[] = ['proto', 'frag'];
/** Printed without its mask: 0 is what it says when it is not set at all, so random actions never set it to that. */
const UNMASKED = 'nd_reserved';
const NO_BYTES: readonly string[] = ['skb_mark', 'skb_priority'];

function set(packet: Carried, text: string): void {
  const [header] = parseDatapathActions(text);
  if (!header || NO_BYTES.includes(header.name)) return;
  const pairs = parsePairs(header.text);
  if (header.name === 'tunnel') {
    // With an address of both families it is IPv4 that counts (flow_tnl_dst, lib/flow.h).
    const isIpv4 = pairs.some(([name]) => name === 'dst');
    const told = pairs.filter(([name]) => TUNNEL_FIELDS.includes(name) && !(isIpv4 && name === 'ipv6_dst'));
    // Of the ways to write an IPv6 address the one with all digits.
    const plain = (value: string) => (value.includes(':') ? colons(numberOf(value)) : value);
    packet.tunnel = told.map(([name, value]) => `${name}=${plain(value)}`).join();
    return;
  }
  if (packet.l4Size < leastSize(header.name, packet)) return;
  for (const [name, value] of pairs) {
    if (READ_ONLY.includes(name) || (name === UNMASKED && numberOf(value) === 0n)) continue;
    if (header.name === 'nd' && name !== 'target') setOption(packet, name, value);
    else setField(packet, SPOTS[header.name]?.[name], `${header.name}.${name}`, value);
  }
}

/** Bytes that a datapath wants to see of a transport header before it writes into it. */
function leastSize(name: string, { bytes, l4 }: Carried): number {
  if (name === 'tcp') return Math.max(20, ((bytes[l4 + 12] ?? 0) >> 4) * 4);
  return { udp: 8, sctp: 12, nd: 24, nd_ext: 24 }[name] ?? Number.NEGATIVE_INFINITY;
}

const TUNNEL_FIELDS: readonly string[] = ['tun_id', 'src', 'dst', 'ipv6_src', 'ipv6_dst'];

function setField(packet: Carried, spot: Spot | undefined, name: string, text: string): void {
  if (!spot) throw new Error(`datapath field ${name}`);
  const [layer, offset, size, shift = 0, bits = size * 8] = spot;
  const at = (layer === 'l2' ? 0 : packet[layer]) + offset;
  const ones = ((1n << BigInt(bits)) - 1n) << BigInt(shift);
  const [value = '', mask] = text.split('/');
  const wanted = numberOf(value) << BigInt(shift);
  const compared = mask === undefined ? ones : numberOf(mask) << BigInt(shift);
  const before = bytesToNumber(packet.bytes.subarray(at, at + size));
  const after = (before & ~compared) | (wanted & compared);
  for (let index = 0; index < size && at + index < packet.bytes.length; index++) {
    packet.bytes[at + index] = Number((after >> BigInt(8 * (size - 1 - index))) & 0xffn);
  }
}

/** The first option of a neighbour message that holds a link-layer address, if it is the one meant. */
function setOption(packet: Carried, name: string, value: string): void {
  for (let at = packet.l4 + 24; at + 8 <= packet.bytes.length; at += (packet.bytes[at + 1] ?? 0) * 8) {
    const [type, length] = packet.bytes.subarray(at, at + 2);
    if (length === 0) return;
    if (length !== 1 || (type !== 1 && type !== 2)) continue;
    if (type === (name === 'sll' ? 1 : 2)) setField({ ...packet, l4: at }, ['l4', 2, 6], name, value);
    return;
  }
}

function bytesToNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
