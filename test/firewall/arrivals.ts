import type { Vm } from '#lab';
import { type Cloud, macOf } from '../cloud.ts';
import { frameOf, markOf } from './frame.ts';
import { parsePacket } from './parse-packet.ts';

/** How a frame differs from what the packet's ends would have it. */
export interface FrameChanges {
  readonly vlan?: number;
  readonly targetMac?: bigint;
  /** Another word of 16 bits in the transport's header, counted in bytes; its checksum stays right. Of IPv4 without a tag. */
  readonly word?: { readonly at: number; readonly value: number };
}

/** Single packets in the language of cases, between VMs of a cloud whose numbers are those of their letters. */
export class Arrivals {
  readonly #cloud: Cloud;
  readonly #vmOf: (letter: string) => Vm;
  #marks = 0;

  constructor(cloud: Cloud, vmOf: (letter: string) => Vm) {
    this.#cloud = cloud;
    this.#vmOf = vmOf;
  }

  /** Whether a packet arrives; what any switch has cached of it is looked at again before this resolves. */
  async arrives(text: string, { vlan, targetMac, word }: FrameChanges = {}): Promise<boolean> {
    const sending = parsePacket(text);
    if ('other' in sending || !sending.to) throw new Error(`not a packet to somebody: ${text}`);
    const { from, to, packet } = sending;
    const mark = ++this.#marks;
    const frame = frameOf(packet, mark, {
      sourceMac: macBits(from.number),
      targetMac: targetMac ?? macBits(to.number),
      ...(vlan !== undefined && { vlan }),
    });
    if (word) setWord(frame, word, packet.protocol === 6 ? 16 : 2);
    const capture = await this.#vmOf(to.text).capture();
    await this.#vmOf(from.text).send(frame);
    await this.#cloud.lab.quiet();
    await Promise.all(this.#cloud.hypervisors.map((each) => each.appctl('revalidator/wait')));
    return (await capture.finish()).some((each) => markOf(each) === mark);
  }
}

function macBits(number: number): bigint {
  return BigInt(`0x${macOf(number).replaceAll(':', '')}`);
}

/** Bytes before the transport's header: of Ethernet, and of IPv4 (RFC 791, 3.1). */
const TRANSPORT = 14 + 20;

/** With a checksum that follows the change (RFC 1624, 3). */
function setWord(frame: Uint8Array, { at, value }: { at: number; value: number }, sumAt: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset + TRANSPORT);
  const sum = (~view.getUint16(sumAt) & 0xffff) + (~view.getUint16(at) & 0xffff) + value;
  view.setUint16(at, value);
  const folded = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(sumAt, ~((folded & 0xffff) + (folded >>> 16)) & 0xffff);
}
