import { Conntrack, CT_STATE } from '#pipeline/simulator';
import { frameOf } from './frame.ts';
import type { Memory } from './model.ts';
import { type IpPacket, isGroup, reversed } from './packet.ts';

const ZONE = 1;

/** The memory of the back end that tracks: a zone of the datapath's connection tracking, as the simulator has it. */
export class TrackedMemory implements Memory {
  readonly #conntrack = new Conntrack();

  expect(_direction: 'in' | 'out', answer: IpPacket, now: number): void {
    // A first fragment would be held until all are there.
    if (!answer.fragment) this.#track(reversed(answer), true, now);
  }

  isExpected(_direction: 'in' | 'out', packet: IpPacket, now: number): boolean {
    if (packet.fragment) return false;
    const state = this.#track(packet, false, now);
    return (state & CT_STATE.invalid) === 0 && (state & (CT_STATE.reply | CT_STATE.related)) !== 0;
  }

  notice(_direction: 'in' | 'out', answer: IpPacket, now: number): void {
    const { version, source, protocol, fragment } = answer;
    if (protocol === 6 && !fragment && !isGroup(version, source)) this.#track(reversed(answer), false, now);
  }

  #track(packet: IpPacket, isCommit: boolean, now: number): number {
    const frame = frameOf(packet, 0, { sourceMac: 0n, targetMac: 0n });
    return this.#conntrack.track(frame, ZONE, isCommit, now).state;
  }
}
