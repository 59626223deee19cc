import type { FieldName, FieldValue } from '../fields.ts';
import type { FieldMatch } from '../match.ts';
import { fieldsText } from './match.ts';
import { ETHERTYPE, PROTOCOL } from './protocols.ts';

/** Bytes of headers. */
const SIZE = { ethernet: 14, tag: 4, snap: 8, arp: 28, ipv4: 20, ipv6: 40, fragment: 8, label: 4 } as const;
const VLAN_TYPES: readonly number[] = [0x8100, 0x88a8];
const MOST_TAGS = 2;
const MOST_LABELS = 3;
const FIRST_ETHERTYPE = 0x600;
/** What Open vSwitch takes for the type of a frame that has none (ovs-fields(7), eth_type). */
const NO_TYPE = 0x05ff;
/** Bytes that may follow an IP packet: more, and Open vSwitch takes it for broken. */
const MOST_PADDING = 0xff;
const FRAGMENT = { no: 0, first: 1, later: 3 } as const;
const IGMP = 2;
const ND_SOLICIT = 135;
const ND_ADVERT = 136;
const SOURCE_LINK = 1;
const TARGET_LINK = 2;

/** IPv6 headers in front of the transport layer (RFC 8200, 4). */
const EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destination: 60 } as const;

/** The least bytes of a transport header, and where its checksum is. */
const CHECKSUMS: ReadonlyMap<number, { name: string; size: number; at: number; wide?: true }> = new Map([
  [PROTOCOL.tcp, { name: 'tcp', size: 20, at: 16 }],
  [PROTOCOL.udp, { name: 'udp', size: 8, at: 6 }],
  [PROTOCOL.sctp, { name: 'sctp', size: 12, at: 8, wide: true }],
  [PROTOCOL.icmp, { name: 'icmp', size: 8, at: 2 }],
  [PROTOCOL.icmpv6, { name: 'icmp6', size: 4, at: 2 }],
]);

/** An Ethernet frame in one line, as ovs-ofctl prints packets: all fields of its headers. */
export function packetText(frame: Uint8Array): string {
  const packet = new Packet(frame);
  const text = fieldsText(packet.fields, {}, packet.tags());
  return `${text}${packet.labels()}${packet.checksum()}`;
}

/**
 * The fields of an Ethernet frame's headers, without its tags: those of its innermost type, as Open vSwitch reads them. Headers that
 * are cut short or broken count as zeros.
 */
export function packetFields(frame: Uint8Array): ReadonlyMap<FieldName, FieldMatch> {
  return new Packet(frame).fields;
}

/** Reads the headers of a frame; those that are cut short or broken count as zeros, as in Open vSwitch. */
class Packet {
  readonly fields = new Map<FieldName, FieldMatch>();
  readonly #view: DataView;
  readonly #tags: number[] = [];
  readonly #labels: number[] = [];
  #transport = 0;
  #end: number;

  constructor(frame: Uint8Array) {
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    this.#end = frame.length;
    this.#readFrame();
  }

  /** What is said about tags: of the first always, of the second when there is a first. */
  tags(): string {
    const [first, second = 0] = this.#tags;
    if (first === undefined) return 'vlan_tci=0x0000';
    return `${tagText(first, '')},${tagText(second, '1')}`;
  }

  labels(): string {
    const [first = 0, ...more] = this.#labels;
    if (this.#labels.length === 0 || isBottom(first)) return '';
    return more.map((label, index) => `,mpls_lse${index + 1}=${label}`).join('');
  }

  checksum(): string {
    const row = CHECKSUMS.get(Number(this.fields.get('ip_proto')?.value));
    if (row === undefined || this.#transport === 0 || this.#end - this.#transport < row.size) return '';
    const at = this.#transport + row.at;
    const sum = row.wide ? this.#view.getUint32(at) : this.#view.getUint16(at);
    return ` ${row.name}_csum:${sum.toString(16)}`;
  }

  #set(field: FieldName, value: FieldValue): void {
    this.fields.set(field, { field, value });
  }

  #mac(at: number): bigint {
    return (BigInt(this.#view.getUint16(at)) << 32n) | BigInt(this.#view.getUint32(at + 2));
  }

  #wide(at: number): bigint {
    return (this.#view.getBigUint64(at) << 64n) | this.#view.getBigUint64(at + 8);
  }

  #has(at: number, size: number): boolean {
    return this.#end - at >= size;
  }

  #readFrame(): void {
    const isWhole = this.#has(0, SIZE.ethernet);
    this.#set('eth_dst', isWhole ? this.#mac(0) : 0n);
    this.#set('eth_src', isWhole ? this.#mac(6) : 0n);
    this.#set('eth_type', 0);
    if (!isWhole) return;
    let at = 12;
    while (this.#tags.length < MOST_TAGS && this.#isTag(at)) {
      this.#tags.push(this.#view.getUint16(at + 2));
      at += SIZE.tag;
    }
    const [type, payload] = this.#typeAt(at);
    this.#set('eth_type', type);
    if (type === ETHERTYPE.ipv4) this.#readIpv4(payload);
    else if (type === ETHERTYPE.ipv6) this.#readIpv6(payload);
    else if (type === ETHERTYPE.arp || type === ETHERTYPE.rarp) this.#readArp(payload);
    else if (type === ETHERTYPE.mpls || type === ETHERTYPE.mplsMulticast) this.#readLabels(payload);
  }

  #isTag(at: number): boolean {
    return VLAN_TYPES.includes(this.#view.getUint16(at)) && this.#has(at, SIZE.tag + 2);
  }

  /** The type at an offset, and where what it names begins; the type in a SNAP header where there is one. */
  #typeAt(at: number): readonly [type: number, payload: number] {
    const type = this.#view.getUint16(at);
    const payload = at + 2;
    if (type >= FIRST_ETHERTYPE) return [type, payload];
    const isSnap =
      this.#has(payload, SIZE.snap) &&
      this.#view.getUint32(payload) === 0xaaaa0300 &&
      this.#view.getUint16(payload + 4) === 0;
    const inner = isSnap ? this.#view.getUint16(payload + 6) : 0;
    return inner >= FIRST_ETHERTYPE ? [inner, payload + SIZE.snap] : [NO_TYPE, payload];
  }

  #readArp(at: number): void {
    const isArp =
      this.#has(at, SIZE.arp) &&
      this.#view.getUint16(at) === 1 &&
      this.#view.getUint16(at + 2) === ETHERTYPE.ipv4 &&
      this.#view.getUint16(at + 4) === 0x0604;
    const operation = isArp ? this.#view.getUint16(at + 6) : 0;
    this.#set('arp_op', operation <= 0xff ? operation : 0);
    this.#set('arp_spa', isArp ? this.#view.getUint32(at + 14) : 0);
    this.#set('arp_tpa', isArp ? this.#view.getUint32(at + 24) : 0);
    this.#set('arp_sha', isArp ? this.#mac(at + 8) : 0n);
    this.#set('arp_tha', isArp ? this.#mac(at + 18) : 0n);
  }

  #readLabels(start: number): void {
    for (let at = start; this.#labels.length < MOST_LABELS && this.#has(at, SIZE.label); at += SIZE.label) {
      const label = this.#view.getUint32(at);
      this.#labels.push(label);
      if (isBottom(label)) break;
    }
    const [first = 0] = this.#labels;
    while (!isBottom(this.#labels.at(-1) ?? 0) && this.#labels.length < MOST_LABELS) this.#labels.push(0);
    this.#set('mpls_label', first >>> 12);
    this.#set('mpls_tc', (first >>> 9) & 7);
    this.#set('mpls_bos', (first >>> 8) & 1);
    this.#set('mpls_ttl', first & 0xff);
  }

  #setIp(trafficClass: number, ttl: number, protocol: number, fragment: number): void {
    this.#set('ip_dscp', trafficClass >> 2);
    this.#set('ip_ecn', trafficClass & 3);
    this.#set('nw_ttl', ttl);
    this.#set('ip_proto', protocol);
    this.#set('ip_frag', fragment);
  }

  #readIpv4(at: number): void {
    const headerSize = this.#has(at, SIZE.ipv4) ? (this.#view.getUint8(at) & 15) * 4 : 0;
    const size = headerSize === 0 ? 0 : this.#view.getUint16(at + 2);
    const rest = this.#end - at - size;
    const isIp = headerSize >= SIZE.ipv4 && headerSize <= size && rest >= 0 && rest <= MOST_PADDING;
    this.#set('ip_src', isIp ? this.#view.getUint32(at + 12) : 0);
    this.#set('ip_dst', isIp ? this.#view.getUint32(at + 16) : 0);
    if (!isIp) {
      this.#setIp(0, 0, 0, FRAGMENT.no);
      return;
    }
    this.#end = at + size;
    const flags = this.#view.getUint16(at + 6);
    const isFragment = (flags & 0x3fff) !== 0;
    const fragment = (flags & 0x1fff) !== 0 ? FRAGMENT.later : isFragment ? FRAGMENT.first : FRAGMENT.no;
    const protocol = this.#view.getUint8(at + 9);
    this.#setIp(this.#view.getUint8(at + 1), this.#view.getUint8(at + 8), protocol, fragment);
    this.#readTransport(at + headerSize, ETHERTYPE.ipv4, protocol, fragment);
  }

  #readIpv6(at: number): void {
    const isLong = this.#has(at, SIZE.ipv6);
    const rest = isLong ? this.#end - at - SIZE.ipv6 - this.#view.getUint16(at + 4) : -1;
    const isIp = rest >= 0 && rest <= MOST_PADDING;
    const first = isIp ? this.#view.getUint32(at) : 0;
    this.#set('ipv6_src', isIp ? this.#wide(at + 8) : 0n);
    this.#set('ipv6_dst', isIp ? this.#wide(at + 24) : 0n);
    this.#set('ipv6_label', first & 0xfffff);
    if (!isIp) {
      this.#setIp(0, 0, 0, FRAGMENT.no);
      return;
    }
    this.#end -= rest;
    const { protocol, fragment, next } = this.#skipExtensions(at + SIZE.ipv6, this.#view.getUint8(at + 6));
    this.#setIp((first >>> 20) & 0xff, this.#view.getUint8(at + 7), protocol, fragment);
    if (next !== undefined) this.#readTransport(next, ETHERTYPE.ipv6, protocol, fragment);
  }

  /** The transport protocol behind the extension headers, and where it begins if it is there. */
  #skipExtensions(start: number, first: number) {
    let at = start;
    let protocol = first;
    let fragment: number = FRAGMENT.no;
    const extensions: readonly number[] = Object.values(EXTENSION);
    while (extensions.includes(protocol)) {
      if (!this.#has(at, 8)) return { protocol, fragment, next: undefined };
      const inner = this.#view.getUint8(at);
      const length = this.#view.getUint8(at + 1);
      if (protocol === EXTENSION.fragment) {
        const flags = this.#view.getUint16(at + 2);
        if ((flags & 0xfff9) !== 0) fragment = (flags & 0xfff8) !== 0 ? FRAGMENT.later : FRAGMENT.first;
        if (fragment === FRAGMENT.later) return { protocol, fragment, next: undefined };
        at += SIZE.fragment;
      } else {
        at += protocol === EXTENSION.authentication ? (length + 2) * 4 : (length + 1) * 8;
      }
      protocol = inner;
    }
    return { protocol, fragment, next: at <= this.#end ? at : undefined };
  }

  #readTransport(at: number, type: number, protocol: number, fragment: number): void {
    this.#transport = at;
    if (fragment === FRAGMENT.later) return;
    if (protocol === PROTOCOL.tcp) this.#readTcp(at);
    else if (protocol === PROTOCOL.udp) this.#readPorts(at, 8, 'udp_src', 'udp_dst');
    else if (protocol === PROTOCOL.sctp) this.#readPorts(at, 12, 'sctp_src', 'sctp_dst');
    else if (protocol === PROTOCOL.icmp && type === ETHERTYPE.ipv4)
      this.#readBytes(at, 'icmp_type', 'icmp_code');
    else if (protocol === IGMP && type === ETHERTYPE.ipv4) this.#readBytes(at, 'tcp_src', 'tcp_dst');
    else if (protocol === PROTOCOL.icmpv6 && type === ETHERTYPE.ipv6) this.#readIcmpv6(at);
  }

  #readTcp(at: number): void {
    this.#readPorts(at, 20, 'tcp_src', 'tcp_dst');
    this.#set('tcp_flags', this.#has(at, 20) ? this.#view.getUint16(at + 12) & 0xfff : 0);
  }

  #readPorts(at: number, size: number, source: FieldName, destination: FieldName): void {
    const isWhole = this.#has(at, size);
    this.#set(source, isWhole ? this.#view.getUint16(at) : 0);
    this.#set(destination, isWhole ? this.#view.getUint16(at + 2) : 0);
  }

  #readBytes(at: number, first: FieldName, second: FieldName): void {
    const isWhole = this.#has(at, 8);
    this.#set(first, isWhole ? this.#view.getUint8(at) : 0);
    this.#set(second, isWhole ? this.#view.getUint8(at + 1) : 0);
  }

  #readIcmpv6(at: number): void {
    this.#readBytes(at, 'icmpv6_type', 'icmpv6_code');
    const type = this.fields.get('icmpv6_type')?.value;
    if (type !== ND_SOLICIT && type !== ND_ADVERT) return;
    const hasTarget = this.#has(at, 24);
    this.#set('nd_target', hasTarget ? this.#wide(at + 8) : 0n);
    this.#set('nd_sll', 0n);
    this.#set('nd_tll', 0n);
    for (let option = at + 24; this.#has(option, 8); option += this.#view.getUint8(option + 1) * 8) {
      const size = this.#view.getUint8(option + 1) * 8;
      if (size === 0 || !this.#has(option, size)) break;
      const kind = this.#view.getUint8(option);
      if (kind === SOURCE_LINK && type === ND_SOLICIT) this.#set('nd_sll', this.#mac(option + 2));
      if (kind === TARGET_LINK && type === ND_ADVERT) this.#set('nd_tll', this.#mac(option + 2));
    }
  }
}

/** The tag as id and priority, or its 16 bits when it has no id: a zero stands for no tag. */
function tagText(tag: number, suffix: string): string {
  return tag === 0
    ? `vlan_tci${suffix}=0x0000`
    : `dl_vlan${suffix}=${tag & 0xfff},dl_vlan_pcp${suffix}=${tag >>> 13}`;
}

function isBottom(label: number): boolean {
  return ((label >>> 8) & 1) === 1;
}
