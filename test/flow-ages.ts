import { edgePipeline } from '#apps';
import type { Hypervisor } from '#lab';
import { parseCookie } from '#pipeline';

/** Every flow of a switch, as text without counters, with the seconds since it was put there. */
export type FlowAges = ReadonlyMap<string, number>;

export async function flowAges(hypervisor: Hypervisor): Promise<FlowAges> {
  const lines = await hypervisor.dumpFlows({ stats: true });
  return new Map(
    lines.map((line) => [
      line.replaceAll(/(duration|n_packets|n_bytes|idle_age|hard_age)=[^,]*, /g, ''),
      Number(/duration=([\d.]+)s/.exec(line)?.[1]),
    ]),
  );
}

/**
 * Of what the flows are that came, went, or were put there anew between two looks: the kind of their fact and its key,
 * once for each flow, sorted.
 */
export function touched(before: FlowAges, after: FlowAges): readonly string[] {
  const gone = [...before.keys()].filter((flow) => !after.has(flow));
  const come = [...after.keys()].filter((flow) => !before.has(flow));
  const anew = [...after].flatMap(([flow, age]) => (age < (before.get(flow) ?? 0) ? [flow] : []));
  return [...gone, ...come, ...anew].map(factOf).sort();
}

function factOf(flow: string): string {
  const bits = BigInt(/cookie=(0x[0-9a-f]+)/.exec(flow)?.[1] ?? 0);
  const cookie = parseCookie(Number(bits >> 32n), Number(bits & 0xffffffffn));
  return cookie ? `${edgePipeline().describe(cookie.app, cookie.kind).kind} ${cookie.key}` : flow;
}
