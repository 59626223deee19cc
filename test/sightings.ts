import { BROADCAST, ETHERTYPE, ethernet, type Lab, readEthernet, type VlanTag, type Vm } from '#lab';
import { macOf } from './cloud.ts';

/** A frame to send: the machine that sends it, and its bytes with a mark in them by which it is known again. */
export interface Shot {
  readonly from: string;
  frame(mark: string): Uint8Array;
}

/** A frame from one numbered guest to another (`macOf`). */
export interface NumberedFrame {
  readonly from: string;
  /** Number of the one that sends. */
  readonly src: number;
  /** Number of the one that is meant, or a MAC address; everybody when absent. */
  readonly dst?: number | string | undefined;
  readonly vlans?: readonly VlanTag[];
}

/** The shot that sends it, of an Ethertype that nobody but these tests uses. */
export function shotOf({ from, src, dst, vlans = [] }: NumberedFrame): Shot {
  const to = typeof dst === 'number' ? macOf(dst) : (dst ?? BROADCAST);
  const header = { src: macOf(src), dst: to, vlans, type: ETHERTYPE.experiment };
  return { from, frame: (mark) => ethernet(header, Buffer.from(mark)) };
}

let sequence = 0;

/**
 * Sends frames and looks for each at every machine. For each frame: who saw it, once per copy, as the machine's name
 * and the tags that the frame wears there (`vm1.100`, `vm1.s500.7`), sorted.
 */
export async function sightings(
  lab: Lab,
  machines: ReadonlyMap<string, Vm>,
  shots: readonly Shot[],
): Promise<readonly (readonly string[])[]> {
  const captures = await Promise.all(
    [...machines].map(async ([name, machine]) => ({ name, capture: await machine.capture() })),
  );
  const marks = shots.map(() => `sighting ${++sequence}.`);
  for (const [at, { from, frame }] of shots.entries()) {
    const sender = machines.get(from);
    if (sender === undefined) throw new Error(`there is no machine ${from}`);
    await sender.send(frame(marks[at] ?? ''));
  }
  await lab.quiet();
  const seen = marks.map((): string[] => []);
  for (const { name, capture } of captures) {
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
