/** A histogram of the controller's at some time: how many values were at most so many seconds, by that bound. */
type Histogram = ReadonlyMap<number, number>;

/** The controller's own clocks on the way of a change: what is told of each, and its histogram in `GET /metrics`. */
const STEPS = {
  'a request and its answer': 'tenantflow_api_request_seconds_bucket{le="LE",method="POST",status="2xx"}',
  'a commit to facts and flows': 'tenantflow_compile_seconds_bucket{le="LE"}',
  'flows of a switch to their barrier': 'tenantflow_install_seconds_bucket{le="LE"}',
} as const;

/** Medians of what the controller has measured between two texts of its metrics, in milliseconds, by step. */
export function stepsBetween(before: string, after: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(STEPS).map(([step, series]) => [
      step,
      medianBetween(histogramIn(before, series), histogramIn(after, series)) * 1_000,
    ]),
  );
}

function histogramIn(text: string, series: string): Histogram {
  const [head = '', tail = ''] = series.split('LE');
  const counts = new Map<number, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith(head)) continue;
    const [bound = ''] = line.slice(head.length).split('"');
    if (line.startsWith(tail, head.length + bound.length))
      counts.set(bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), Number(line.split(' ').at(-1)));
  }
  return counts;
}

/** As far as bounds tell: within them values are taken to be spread evenly. */
function medianBetween(before: Histogram, after: Histogram): number {
  const count = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0);
  const half = count(Number.POSITIVE_INFINITY) / 2;
  let lower = 0;
  for (const bound of [...after.keys()].sort((a, b) => a - b)) {
    const below = lower === 0 ? 0 : count(lower);
    if (count(bound) > below && count(bound) >= half)
      return lower + ((half - below) / (count(bound) - below)) * (bound - lower);
    lower = bound;
  }
  return Number.NaN;
}
