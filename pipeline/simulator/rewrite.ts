import { adjust, checksumOf, crc32c, sumOf } from './checksum.ts';
import type { Headers } from './extract.ts';
import { EXTENSION, extensionSize, isExtension } from './ipv6-extensions.ts';
import { AT } from './layout.ts';
import { IP } from './needs.ts';

/** Writes header fields into a frame, and keeps checksums up, as the userspace datapath does (lib/packets.c). */
export class Rewrite {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #headers: Headers;
  /** True once the datapath would have written where the frame has ended: it does not look (lib/packets.c). */
  isPastEnd = false;

  constructor(bytes: Uint8Array, headers: Headers) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#headers = headers;
  }

  /** An Ethernet address of the frame's own header. */
  mac(at: number, key: Uint32Array, word: number): void {
    this.#bytes.set(macOf(key, word), at);
  }

  /** A byte of the network header. */
  byte(offset: number, value: number): void {
    this.#view.setUint8(this.#headers.l3 + offset, value);
  }

  ipv4Address(offset: number, address: number): void {
    const at = this.#headers.l3 + offset;
    const old = this.#bytes.slice(at, at + 4);
    this.#view.setUint32(at, address);
    const now = this.#bytes.subarray(at, at + 4);
    this.#adjustTransport(this.#view.getUint8(this.#headers.l3 + 9), old, now, false);
    adjust(this.#view, this.#headers.l3 + 10, old, now);
  }

  /** A byte of the IPv4 header, which has a checksum. */
  ipv4Byte(offset: number, value: number): void {
    const pair = this.#headers.l3 + (offset & ~1);
    const old = this.#bytes.slice(pair, pair + 2);
    this.byte(offset, value);
    adjust(this.#view, this.#headers.l3 + 10, old, this.#bytes.subarray(pair, pair + 2));
  }

  ipv6Address(offset: number, key: Uint32Array, word: number): void {
    const at = this.#headers.l3 + offset;
    const { protocol, isRouted, isSummed } = this.#ipv6Chain();
    // A routing header with segments left: the destination on the wire is not the one in the checksum.
    const counts = isSummed && !(isRouted && offset === 24);
    this.#replaceAddress(at, key, word, (old, now) => {
      if (counts) this.#adjustTransport(protocol, old, now, true);
    });
  }

  ipv6Flow(trafficClass: number, label: number): void {
    const at = this.#headers.l3;
    this.#view.setUint32(at, (this.#view.getUint32(at) & 0xf0000000) | (trafficClass << 20) | label);
  }

  arpOperation(operation: number): void {
    const at = this.#headers.l3 + 6;
    if (this.#fits(at, 2)) this.#view.setUint16(at, operation === 0xff ? 0xffff : operation);
  }

  arpMac(offset: number, key: Uint32Array, word: number): void {
    const at = this.#headers.l3 + offset;
    if (this.#fits(at, 6)) this.#bytes.set(macOf(key, word), at);
  }

  arpAddress(offset: number, address: number): void {
    const at = this.#headers.l3 + offset;
    if (this.#fits(at, 4)) this.#view.setUint32(at, address);
  }

  ports(protocol: number, source: number, destination: number): void {
    const { l4, l4Size } = this.#headers;
    if (l4 === undefined) return;
    if (protocol === IP.sctp) {
      if (l4Size >= 12) this.#sctpPorts(l4, source, destination);
      return;
    }
    const isTcp = protocol === IP.tcp;
    const least = isTcp ? (l4Size >= 20 ? Math.max(20, (this.#view.getUint8(l4 + 12) >> 4) * 4) : 20) : 8;
    if (l4Size < least) return;
    const old = this.#bytes.slice(l4, l4 + 4);
    this.#view.setUint16(l4, source);
    this.#view.setUint16(l4 + 2, destination);
    const now = this.#bytes.subarray(l4, l4 + 4);
    if (isTcp) adjust(this.#view, l4 + 16, old, now);
    else this.#adjustUdp(l4, old, now);
  }

  icmp(key: Uint32Array): void {
    const { l4 } = this.#headers;
    if (l4 === undefined || !this.#fits(l4, 4)) return;
    const old = this.#bytes.slice(l4, l4 + 2);
    this.#bytes.set([key[AT.tpSrc] ?? 0, key[AT.tpDst] ?? 0], l4);
    adjust(this.#view, l4 + 2, old, this.#bytes.subarray(l4, l4 + 2));
  }

  /** Flags and the type of the first option of a neighbour message; the checksum is made anew. */
  neighbourExtension(reserved: number | undefined, optionType: number | undefined): void {
    const { l3, l4, l4Size } = this.#headers;
    if (l4 === undefined || l4Size < 24) return;
    if (reserved !== undefined) this.#view.setUint32(l4 + 4, reserved);
    if (optionType !== undefined && this.#fits(l4 + 24, 1)) this.#view.setUint8(l4 + 24, optionType);
    const pseudo =
      sumOf(this.#bytes.subarray(l3 + 8, l3 + 40)) +
      this.#view.getUint16(l3 + 4) +
      this.#view.getUint8(l3 + 6);
    this.#view.setUint16(l4 + 2, 0);
    this.#view.setUint16(l4 + 2, checksumOf(this.#bytes.subarray(l4, l4 + l4Size), pseudo));
  }

  neighbourTarget(key: Uint32Array, word: number): void {
    const { l4, l4Size } = this.#headers;
    if (l4 === undefined || l4Size < 24) return;
    this.#replaceAddress(l4 + 8, key, word, (old, now) => this.#adjustTransport(IP.icmpv6, old, now, true));
  }

  /** The address in the first option that holds one, when it is the source's and `source`, or the target's. */
  neighbourOption(key: Uint32Array, source: boolean, target: boolean): void {
    const { l4, l4Size } = this.#headers;
    if (l4 === undefined) return;
    const end = l4 + l4Size;
    for (let at = l4 + 24; end - at >= 8; ) {
      const [type, count] = [this.#view.getUint8(at), this.#view.getUint8(at + 1)];
      if (count === 0) return;
      if (count === 1 && (type === 1 || type === 2)) {
        if (type === 1 ? source : target) {
          const old = this.#bytes.slice(at + 2, at + 8);
          this.#bytes.set(macOf(key, type === 1 ? AT.arpSha : AT.arpTha), at + 2);
          adjust(this.#view, l4 + 2, old, this.#bytes.subarray(at + 2, at + 8));
        }
        return;
      }
      at += count * 8;
    }
  }

  #fits(at: number, size: number): boolean {
    const fits = at + size <= this.#bytes.length;
    this.isPastEnd ||= !fits;
    return fits;
  }

  #replaceAddress(
    at: number,
    key: Uint32Array,
    word: number,
    then: (old: Uint8Array, now: Uint8Array) => void,
  ): void {
    const old = this.#bytes.slice(at, at + 16);
    for (let index = 0; index < 4; index++) this.#view.setUint32(at + 4 * index, key[word + index] ?? 0);
    then(old, this.#bytes.subarray(at, at + 16));
  }

  /** The transport's checksum covers the addresses. */
  #adjustTransport(protocol: number, old: Uint8Array, now: Uint8Array, isIpv6: boolean): void {
    const { l4, l4Size } = this.#headers;
    if (l4 === undefined) return;
    if (protocol === IP.tcp && l4Size >= 20) adjust(this.#view, l4 + 16, old, now);
    else if (protocol === IP.udp && l4Size >= 8) this.#adjustUdp(l4, old, now);
    else if (isIpv6 && protocol === IP.icmpv6 && l4Size >= 4) adjust(this.#view, l4 + 2, old, now);
  }

  /** Zero says that there is no checksum, so one that comes out as zero is sent as ones (RFC 768). */
  #adjustUdp(l4: number, old: Uint8Array, now: Uint8Array): void {
    if (this.#view.getUint16(l4 + 6) === 0) return;
    adjust(this.#view, l4 + 6, old, now);
    if (this.#view.getUint16(l4 + 6) === 0) this.#view.setUint16(l4 + 6, 0xffff);
  }

  #sctpPorts(l4: number, source: number, destination: number): void {
    const whole = this.#bytes.subarray(l4, l4 + this.#headers.l4Size);
    const old = this.#view.getUint32(l4 + 8);
    this.#view.setUint32(l4 + 8, 0);
    const right = crc32c(whole);
    this.#view.setUint16(l4, source);
    this.#view.setUint16(l4 + 2, destination);
    this.#view.setUint32(l4 + 8, (old ^ right ^ crc32c(whole)) >>> 0);
  }

  /** The protocol behind extension headers, and what they say about its checksum (packet_rh_present). */
  #ipv6Chain(): { readonly protocol: number; readonly isRouted: boolean; readonly isSummed: boolean } {
    const { l3, l4 } = this.#headers;
    const end = l4 ?? l3;
    let protocol = this.#view.getUint8(l3 + 6);
    let isSummed = true;
    for (let at = l3 + 40; ; ) {
      if (!isExtension(protocol) || end - at < 8) return { protocol, isRouted: false, isSummed };
      const next = this.#view.getUint8(at);
      const length = this.#view.getUint8(at + 1);
      if (protocol === EXTENSION.routing && this.#view.getUint8(at + 3) > 0)
        return { protocol, isRouted: true, isSummed };
      if (protocol === EXTENSION.fragment) {
        const offset = this.#view.getUint16(at + 2);
        isSummed = (offset & 0xfff8) === 0 && (offset & 1) !== 0;
      }
      const size = extensionSize(protocol, length);
      protocol = next;
      if (end - at < size) return { protocol, isRouted: false, isSummed };
      at += size;
    }
  }
}

function macOf(key: Uint32Array, word: number): number[] {
  const [high = 0, low = 0] = key.subarray(word, word + 2);
  return [high >>> 8, high & 0xff, low >>> 24, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff];
}
