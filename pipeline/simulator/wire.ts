import { VLAN_PRESENT } from 'openflow-codec';
import type { Headers } from './extract.ts';
import { AT } from './layout.ts';
import { ETH, IP, isIcmp, isIcmpv6, isIp } from './needs.ts';
import { Rewrite } from './rewrite.ts';

/**
 * The frame as it would leave now: what actions did to the key is brought into the bytes at each output, and only
 * what differs from what the bytes have already (commit_odp_actions, lib/odp-util.c).
 */
export class Wire {
  #bytes: Uint8Array;
  #headers: Headers;
  /** What the bytes say. */
  readonly #base: Uint32Array;
  /** True when the last commit wrote where the frame had ended. */
  isPastEnd = false;

  constructor(bytes: Uint8Array, headers: Headers, key: Uint32Array) {
    this.#bytes = bytes.slice();
    this.#headers = headers;
    this.#base = key.slice();
  }

  /** Brings the bytes up to date with `key` and returns a copy of them. */
  commit(key: Uint32Array): Uint8Array {
    const rewrite = new Rewrite(this.#bytes, this.#headers);
    if (this.#bytes.length >= 14) {
      if (this.#take(key, AT.ethDst, 2)) rewrite.mac(0, key, AT.ethDst);
      if (this.#take(key, AT.ethSrc, 2)) rewrite.mac(6, key, AT.ethSrc);
    }
    this.#network(key, rewrite);
    this.#ports(key, rewrite);
    if ((isIcmp(key) || isIcmpv6(key)) && this.#take(key, AT.tpSrc, 2)) rewrite.icmp(key);
    this.isPastEnd = rewrite.isPastEnd;
    this.#tags(key);
    return this.#bytes.slice();
  }

  /** True when the words differ from what the bytes say; from now on they count as said. */
  #take(key: Uint32Array, word: number, count = 1): boolean {
    let differs = false;
    for (let at = word; at < word + count; at++) {
      if (this.#base[at] === key[at]) continue;
      this.#base[at] = key[at] ?? 0;
      differs = true;
    }
    return differs;
  }

  #network(key: Uint32Array, rewrite: Rewrite): void {
    // Open vSwitch's test for a network header that is there; protocol 0 falls through it, too.
    if (key[AT.nwProto] === 0) return;
    switch (this.#base[AT.ethType]) {
      case ETH.ipv4:
        if (this.#take(key, AT.nwSrc)) rewrite.ipv4Address(12, key[AT.nwSrc] ?? 0);
        if (this.#take(key, AT.nwDst)) rewrite.ipv4Address(16, key[AT.nwDst] ?? 0);
        if (this.#take(key, AT.nwTos)) rewrite.ipv4Byte(1, key[AT.nwTos] ?? 0);
        if (this.#take(key, AT.nwTtl)) rewrite.ipv4Byte(8, key[AT.nwTtl] ?? 0);
        return;
      case ETH.ipv6:
        if (this.#take(key, AT.ipv6Src, 4)) rewrite.ipv6Address(8, key, AT.ipv6Src);
        if (this.#take(key, AT.ipv6Dst, 4)) rewrite.ipv6Address(24, key, AT.ipv6Dst);
        if (this.#take(key, AT.ipv6Label) || this.#base[AT.nwTos] !== key[AT.nwTos]) {
          this.#take(key, AT.nwTos);
          rewrite.ipv6Flow(key[AT.nwTos] ?? 0, key[AT.ipv6Label] ?? 0);
        }
        if (this.#take(key, AT.nwTtl)) rewrite.byte(7, key[AT.nwTtl] ?? 0);
        if (this.#base[AT.nwProto] === IP.icmpv6) this.#neighbour(key, rewrite);
        return;
      case ETH.arp:
        if (this.#take(key, AT.nwProto)) rewrite.arpOperation(key[AT.nwProto] ?? 0);
        if (this.#take(key, AT.arpSha, 2)) rewrite.arpMac(8, key, AT.arpSha);
        if (this.#take(key, AT.nwSrc)) rewrite.arpAddress(14, key[AT.nwSrc] ?? 0);
        if (this.#take(key, AT.arpTha, 2)) rewrite.arpMac(18, key, AT.arpTha);
        if (this.#take(key, AT.nwDst)) rewrite.arpAddress(24, key[AT.nwDst] ?? 0);
    }
  }

  #neighbour(key: Uint32Array, rewrite: Rewrite): void {
    const reserved = this.#take(key, AT.ndReserved);
    const optionType = this.#take(key, AT.tcpFlags);
    if (reserved || optionType) {
      rewrite.neighbourExtension(
        reserved ? key[AT.ndReserved] : undefined,
        optionType ? key[AT.tcpFlags] : undefined,
      );
    }
    if (this.#take(key, AT.ndTarget, 4)) rewrite.neighbourTarget(key, AT.ndTarget);
    const source = this.#take(key, AT.arpSha, 2);
    const target = this.#take(key, AT.arpTha, 2);
    if (source || target) rewrite.neighbourOption(key, source, target);
  }

  #ports(key: Uint32Array, rewrite: Rewrite): void {
    if (!isIp(this.#base)) return;
    const protocol = key[AT.nwProto];
    if (protocol !== IP.tcp && protocol !== IP.udp && protocol !== IP.sctp) return;
    if (this.#take(key, AT.tpSrc, 2)) rewrite.ports(protocol, key[AT.tpSrc] ?? 0, key[AT.tpDst] ?? 0);
  }

  /** Takes off the tags that are no more, from the outside, and puts on those that are new. */
  #tags(key: Uint32Array): void {
    const before = tagsOf(this.#base);
    const after = tagsOf(key);
    let common = 0;
    while (
      common < Math.min(before.length, after.length) &&
      before.at(-1 - common) === after.at(-1 - common)
    ) {
      common++;
    }
    for (let count = before.length - common; count > 0; count--) this.#popTag();
    for (const tag of after.slice(0, after.length - common).reverse()) this.#pushTag(tag);
    this.#take(key, AT.tci, 4);
  }

  #popTag(): void {
    const bytes = this.#bytes;
    const type = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
    if (bytes.length < 18 || (type !== ETH.vlan && type !== ETH.qinq)) return;
    this.#shift(Uint8Array.from([...bytes.subarray(0, 12), ...bytes.subarray(16)]), -4);
  }

  #pushTag(tag: number): void {
    const bytes = this.#bytes;
    const header = [tag >>> 24, (tag >>> 16) & 0xff, (tag >>> 8) & 0xef, tag & 0xff];
    this.#shift(Uint8Array.from([...bytes.subarray(0, 12), ...header, ...bytes.subarray(12)]), 4);
  }

  #shift(bytes: Uint8Array, by: number): void {
    const { l3, l4, l4Size } = this.#headers;
    this.#bytes = bytes;
    this.#headers = { l3: l3 + by, ...(l4 !== undefined && { l4: l4 + by }), l4Size };
  }
}

/** TPID and TCI of each tag, as one number, the outer first (flow_count_vlan_headers, lib/flow.c). */
function tagsOf(key: Uint32Array): number[] {
  const tags: number[] = [];
  for (const word of [AT.tci, AT.innerTci]) {
    const tci = key[word] ?? 0;
    if ((tci & VLAN_PRESENT) === 0) break;
    tags.push((((key[word + 1] ?? 0) << 16) | tci) >>> 0);
  }
  return tags;
}
