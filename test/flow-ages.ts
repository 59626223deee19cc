import { edgePipeline } from '#apps';
import type { Hypervisor } from '#lab';
import { parseCookie } from '#pipeline';

/** Every flow of a switch, as text without counters, with the seconds since it was put there, and when we looked. */
export interface FlowAges {
  readonly ages: ReadonlyMap<string, number>;
  /** Seconds of a clock that never goes back, before and after the look. */
  readonly from: number;
  readonly until: number;
}

export async function flowAges(hypervisor: Hypervisor): Promise<FlowAges> {
  const from = performance.now() / 1_000;
  const lines = await hypervisor.dumpFlows({ stats: true });
  const until = performance.now() / 1_000;
  const ages = lines.map((line): [string, number] => [
    line.replaceAll(/(duration|n_packets|n_bytes|idle_age|hard_age)=[^,]*, /g, ''),
    Number(/duration=([\d.]+)s/.exec(line)?.[1]),
  ]);
  return { ages: new Map(ages), from, until };
}

/** Seconds by which the printed age of a flow may be less than it is. */
const ROUNDED_BY = 0.02;

/**
 * Of what the flows are that came, went, or were put there anew between two looks at the same switches: for each switch
 * the kind of their fact and its key, once for each flow, sorted.
 */
export function touchedBetween(
  before: readonly FlowAges[],
  after: readonly FlowAges[],
): readonly (readonly string[])[] {
  return before.map((look, at) => touched(look, after[at] ?? look));
}

function touched(before: FlowAges, after: FlowAges): readonly string[] {
  const gone = [...before.ages.keys()].filter((flow) => !after.ages.has(flow));
  const come = [...after.ages.keys()].filter((flow) => !before.ages.has(flow));
  // At least so much older is a flow that has stayed.
  const passed = after.from - before.until - ROUNDED_BY;
  const anew = [...after.ages].flatMap(([flow, age]) =>
    age < (before.ages.get(flow) ?? Number.NEGATIVE_INFINITY) + passed ? [flow] : [],
  );
  return [...gone, ...come, ...anew].map(factOf).sort();
}

function factOf(flow: string): string {
  const bits = BigInt(/cookie=(0x[0-9a-f]+)/.exec(flow)?.[1] ?? 0);
  const cookie = parseCookie(Number(bits >> 32n), Number(bits & 0xffffffffn));
  return cookie ? `${edgePipeline().describe(cookie.app, cookie.kind).kind} ${cookie.key}` : flow;
}
