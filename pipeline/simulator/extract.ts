import { VLAN_PRESENT } from 'openflow-codec';
import { EXTENSION, extensionSize, isExtension } from './ipv6-extensions.ts';
import { AT } from './layout.ts';
import { ETH, FRAG, IP } from './needs.ts';

/** Where the headers of a frame begin. */
export interface Headers {
  /** First byte after the Ethernet header and the one VLAN tag that counts. */
  readonly l3: number;
  /** First byte of the transport header; absent where extraction did not get there. */
  readonly l4?: number;
  /** Bytes from there on, without padding of the frame. */
  readonly l4Size: number;
}

/** A part of a frame that is still to be looked at: from `at` up to `end`. */
interface Rest {
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
}

/** dl_type of frames with a length instead of a type (lib/flow.h, FLOW_DL_TYPE_NONE). */
const NO_ETH_TYPE = 0x05ff;

/** Fills in what a frame says (miniflow_extract, lib/flow.c, with vlan-limit 1); `words` holds zeros there. */
export function extract(bytes: Uint8Array, words: Uint32Array): Headers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  if (size < 14) return { l3: size, l4Size: 0 };
  putMac(words, AT.ethDst, view, 0);
  putMac(words, AT.ethSrc, view, 6);
  let at = 12;
  const tpid = view.getUint16(at);
  if ((tpid === ETH.vlan || tpid === ETH.qinq) && size - at >= 6) {
    words[AT.tpid] = tpid;
    words[AT.tci] = view.getUint16(at + 2) | VLAN_PRESENT;
    at += 4;
  }
  const [type, l3] = ethType({ view, at, end: size });
  words[AT.ethType] = type;
  const rest = { view, at: l3, end: size };
  switch (type) {
    case ETH.ipv4:
      return ipv4(rest, words);
    case ETH.ipv6:
      return ipv6(rest, words);
    case ETH.arp:
    case ETH.rarp:
      arp(rest, words);
  }
  return { l3, l4Size: 0 };
}

/** The type of an Ethernet II or SNAP frame, and where its payload begins. */
function ethType({ view, at, end }: Rest): readonly [number, number] {
  const type = view.getUint16(at);
  if (type >= 0x600) return [type, at + 2];
  const isSnap =
    end - at >= 10 &&
    view.getUint16(at + 2) === 0xaaaa &&
    view.getUint16(at + 4) === 0x0300 &&
    view.getUint16(at + 6) === 0;
  if (!isSnap) return [NO_ETH_TYPE, at + 2];
  const snapType = view.getUint16(at + 8);
  return [snapType >= 0x600 ? snapType : NO_ETH_TYPE, at + 10];
}

function arp({ view, at, end }: Rest, words: Uint32Array): void {
  const isEthernetIpv4 =
    end - at >= 28 &&
    view.getUint16(at) === 1 &&
    view.getUint16(at + 2) === ETH.ipv4 &&
    view.getUint16(at + 4) === 0x0604;
  if (!isEthernetIpv4) return;
  const operation = view.getUint16(at + 6);
  if (operation <= 0xff) words[AT.nwProto] = operation;
  putMac(words, AT.arpSha, view, at + 8);
  words[AT.nwSrc] = view.getUint32(at + 14);
  putMac(words, AT.arpTha, view, at + 18);
  words[AT.nwDst] = view.getUint32(at + 24);
}

function ipv4({ view, at, end }: Rest, words: Uint32Array): Headers {
  const none = { l3: at, l4Size: 0 };
  if (end - at < 20) return none;
  const headerSize = (view.getUint8(at) & 0xf) * 4;
  const total = view.getUint16(at + 2);
  if (headerSize < 20 || end - at < headerSize || total > end - at || headerSize > total) return none;
  words[AT.nwSrc] = view.getUint32(at + 12);
  words[AT.nwDst] = view.getUint32(at + 16);
  words[AT.nwTos] = view.getUint8(at + 1);
  words[AT.nwTtl] = view.getUint8(at + 8);
  words[AT.nwProto] = view.getUint8(at + 9);
  const fragment = view.getUint16(at + 6) & 0x3fff;
  if (fragment !== 0) words[AT.nwFrag] = (fragment & 0x1fff) !== 0 ? FRAG.any | FRAG.later : FRAG.any;
  return transport({ view, at: at + headerSize, end: at + total }, words, at);
}

function ipv6({ view, at, end }: Rest, words: Uint32Array): Headers {
  const none = { l3: at, l4Size: 0 };
  if (end - at < 40 || view.getUint16(at + 4) + 40 > end - at) return none;
  putWords(words, AT.ipv6Src, view, at + 8);
  putWords(words, AT.ipv6Dst, view, at + 24);
  const rest = { view, at: at + 40, end: at + 40 + view.getUint16(at + 4) };
  const chain = extensionHeaders(rest, view.getUint8(at + 6));
  if (!chain) return none;
  const first = view.getUint32(at);
  words[AT.ipv6Label] = first & 0xfffff;
  words[AT.nwTos] = (first >>> 20) & 0xff;
  words[AT.nwTtl] = view.getUint8(at + 7);
  words[AT.nwProto] = chain.protocol;
  words[AT.nwFrag] = chain.fragment;
  return transport({ view, at: chain.at, end: rest.end }, words, at);
}

function extensionHeaders(
  { view, at: start, end }: Rest,
  first: number,
): { readonly at: number; readonly protocol: number; readonly fragment: number } | undefined {
  let [at, protocol, fragment] = [start, first, 0];
  for (;;) {
    if (!isExtension(protocol)) return { at, protocol, fragment };
    if (end - at < 8) return undefined;
    const size = extensionSize(protocol, view.getUint8(at + 1));
    if (end - at < size) return undefined;
    const offset = protocol === EXTENSION.fragment ? view.getUint16(at + 2) : 0;
    protocol = view.getUint8(at);
    at += size;
    if (offset === 0) continue;
    fragment = FRAG.any;
    if ((offset & 0xfff8) !== 0) return { at, protocol: EXTENSION.fragment, fragment: FRAG.any | FRAG.later };
  }
}

function transport({ view, at, end }: Rest, words: Uint32Array, l3: number): Headers {
  const size = end - at;
  const headers = { l3, l4: at, l4Size: size };
  if (((words[AT.nwFrag] ?? 0) & FRAG.later) !== 0) return headers;
  const isIpv6 = words[AT.ethType] === ETH.ipv6;
  switch (words[AT.nwProto]) {
    case IP.tcp: {
      const headerSize = size >= 20 ? (view.getUint8(at + 12) >> 4) * 4 : 0;
      if (headerSize < 20 || size < headerSize) break;
      words[AT.tcpFlags] = view.getUint16(at + 12) & 0xfff;
      putPorts(words, view, at);
      break;
    }
    case IP.udp:
      if (size >= 8) putPorts(words, view, at);
      break;
    case IP.sctp:
      if (size >= 12) putPorts(words, view, at);
      break;
    case IP.icmp:
    case IP.igmp:
      if (size < 8) break;
      putTypeAndCode(words, view, at);
      if (words[AT.nwProto] === IP.igmp) words[AT.ndReserved] = view.getUint32(at + 4);
      break;
    case IP.icmpv6:
      if (size < 8) break;
      putTypeAndCode(words, view, at);
      if (isIpv6) neighbour({ view, at, end }, words);
  }
  return headers;
}

/** Neighbour solicitations and advertisements (RFC 4861, 4.3 and 4.4). */
function neighbour({ view, at, end }: Rest, words: Uint32Array): void {
  const isNeighbour = words[AT.tpDst] === 0 && (words[AT.tpSrc] === 135 || words[AT.tpSrc] === 136);
  if (!isNeighbour) return;
  words[AT.ndReserved] = view.getUint32(at + 4);
  if (end - at < 24) return;
  putWords(words, AT.ndTarget, view, at + 8);
  for (let option = at + 24; end - option >= 8; ) {
    const type = view.getUint8(option);
    const size = view.getUint8(option + 1) * 8;
    if (size === 0 || size > end - option) return;
    const mac = size !== 8 ? undefined : type === 1 ? AT.arpSha : type === 2 ? AT.arpTha : undefined;
    if (mac !== undefined) {
      if (words[mac] !== 0 || words[mac + 1] !== 0) {
        // The same option twice: nothing of the message counts but its type.
        for (const word of [AT.arpSha, AT.arpTha]) words.fill(0, word, word + 2);
        words.fill(0, AT.ndTarget, AT.ndTarget + 4);
        return;
      }
      putMac(words, mac, view, option + 2);
      if (words[AT.tcpFlags] === 0) words[AT.tcpFlags] = type;
    }
    option += size;
  }
}

function putPorts(words: Uint32Array, view: DataView, at: number): void {
  words[AT.tpSrc] = view.getUint16(at);
  words[AT.tpDst] = view.getUint16(at + 2);
}

function putTypeAndCode(words: Uint32Array, view: DataView, at: number): void {
  words[AT.tpSrc] = view.getUint8(at);
  words[AT.tpDst] = view.getUint8(at + 1);
}

function putMac(words: Uint32Array, word: number, view: DataView, at: number): void {
  words[word] = view.getUint16(at);
  words[word + 1] = view.getUint32(at + 2);
}

function putWords(words: Uint32Array, word: number, view: DataView, at: number): void {
  for (let index = 0; index < 4; index++) words[word + index] = view.getUint32(at + 4 * index);
}
