/** All that was measured of one task, for one contender. */
export interface Samples {
  readonly values: number[];
  /** Microseconds of the switches' processor time for each byte, frame or ping. */
  readonly switchTimes: number[];
}

/** Something to measure. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  /** Whether more is better; else less is. */
  readonly more: boolean;
  /** What the switches' time is told for each of. */
  readonly each: string;
}

/** A line of the table, and of the JSON: spreads by contender, and how ours compare; above 1 is better. */
export function lineOf(task: Measured, samples: ReadonlyMap<string, Samples>) {
  const spreads = [...samples].map(([name, { values, switchTimes }]) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const found = { median: median(values), least, most, switchTime: median(switchTimes) };
    return [name, found] as const;
  });
  const [[, ours] = [], ...others] = spreads;
  const ratios = others.map(([name, other]) => {
    const value = (ours?.median ?? Number.NaN) / other.median;
    const time = other.switchTime / (ours?.switchTime ?? Number.NaN);
    return [name, { value: round(task.more ? value : 1 / value), switchTime: round(time) }] as const;
  });
  const { name, unit, each } = task;
  return { name, unit, each, spreads: Object.fromEntries(spreads), ratios: Object.fromEntries(ratios) };
}

/** A line as console.table shows it. */
export function rowOf({ name, unit, each, spreads, ratios }: ReturnType<typeof lineOf>) {
  const row: Record<string, string | number> = { task: `${name}, ${unit}` };
  for (const [who, { median, least, most }] of Object.entries(spreads))
    row[who] = `${round(median)} (${round(least)}–${round(most)})`;
  for (const [who, { value }] of Object.entries(ratios)) row[`ours:${who}`] = value;
  row['switch time'] = `${Object.values(spreads)
    .map(({ switchTime }) => round(switchTime))
    .join(' / ')} µs/${each}`;
  for (const [who, { switchTime }] of Object.entries(ratios)) row[`time ${who}:ours`] = switchTime;
  return row;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Three digits, or all that stand before the point. */
export function round(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
