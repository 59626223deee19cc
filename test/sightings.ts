import { setTimeout as sleep } from 'node:timers/promises';
import { type Capture, ETHERTYPE, readEthernet, type VlanTag, type Vm } from '#lab';

/** A frame to send: the machine that sends it, and its bytes with a mark in them by which it is known again. */
export interface Shot {
  readonly from: string;
  frame(mark: string): Uint8Array;
}

let sequence = 0;

/**
 * Sends frames and looks for each at every machine. For each frame: who saw it, once per copy, as the machine's name
 * and the tags that the frame wears there (`vm1.100`, `vm1.s500.7`), sorted. `settleMs`: how long frames may take.
 */
export async function sightings(
  machines: ReadonlyMap<string, Vm>,
  shots: readonly Shot[],
  settleMs: number,
): Promise<readonly (readonly string[])[]> {
  const captures = new Map<string, Capture>();
  for (const [name, machine] of machines) captures.set(name, await machine.capture());
  const marks = shots.map(() => `sighting ${++sequence}.`);
  for (const [at, { from, frame }] of shots.entries()) {
    const sender = machines.get(from);
    if (sender === undefined) throw new Error(`there is no machine ${from}`);
    await sender.send(frame(marks[at] ?? ''));
  }
  await sleep(settleMs);
  const seen = marks.map((): string[] => []);
  for (const [name, capture] of captures) {
    for (const bytes of await capture.finish()) {
      const at = marks.findIndex((mark) => Buffer.from(bytes).includes(mark));
      seen[at]?.push([name, ...(readEthernet(bytes)?.vlans.map(tagName) ?? [])].join('.'));
    }
  }
  return seen.map((each) => each.sort());
}

/** VLAN id, with an `s` before that of a service tag. */
export function tagName({ vid, protocol }: VlanTag): string {
  return protocol === ETHERTYPE.qinq ? `s${vid}` : String(vid);
}
