import { describeCell, type Matrix } from './matrix.ts';
import type { Endpoint } from './probe.ts';

/** Wrong cells that are told one by one. */
const TOLD = 10;

/**
 * Says what is wrong in a matrix: each wrong cell and, for one of them, what the sender's switch does with such a
 * packet (`ofproto/trace`). `endpoints` are those that were probed. Empty if all is as expected.
 */
export async function explain(
  { cells, mismatches }: Matrix,
  endpoints: readonly Endpoint[],
): Promise<string> {
  if (mismatches.length === 0) return '';
  const lines = [`${mismatches.length} of ${cells.length} cells are not as expected:`];
  lines.push(...mismatches.slice(0, TOLD).map(describeCell));
  if (mismatches.length > TOLD) lines.push(`and ${mismatches.length - TOLD} more`);
  // Where frames are wrong, too, the fault is on this way; a lost ping may be the fault of the way back.
  const first = mismatches.find(({ expected, seen }) => (seen.unicast === 1) !== expected) ?? mismatches[0];
  const from = endpoints.find(({ vm }) => vm.name === first?.from)?.vm;
  const to = endpoints.find(({ vm }) => vm.name === first?.to)?.vm;
  if (from && to) {
    const { hypervisor, device } = from.place;
    const addresses = `dl_src=${from.mac},dl_dst=${to.mac},nw_src=${from.ip},nw_dst=${to.ip}`;
    const flow = `in_port=${await hypervisor.ofport(device)},icmp,icmp_type=8,nw_ttl=64,${addresses}`;
    lines.push('', `What ${hypervisor.name} does with a packet from ${from.name} to ${to.name}:`);
    lines.push((await hypervisor.trace(flow)).trim());
  }
  return lines.join('\n');
}
