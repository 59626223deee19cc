import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerProcess } from '#lab';

/** Of what a process is and was. Bytes. */
export interface Memory {
  readonly now: number;
  readonly most: number;
}

/** A process's memory, its processor time in milliseconds and how long its event loop was held up. */
export interface Usage {
  readonly memory: Memory;
  readonly cpuMs: number;
}

/** Resident memory and processor time of a process and its threads. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold blanks: utime and stime are the 12th and 13th, in ticks of 10 ms.
  const [utime = 0, stime = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return { memory: { now: bytes('VmRSS'), most: bytes('VmHWM') }, cpuMs: (utime + stime) * 10 };
}

/** Milliseconds that the controller's event loop was late since its metrics were last read, by whomever. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export async function lagOf(controller: ControllerProcess): Promise<Lag> {
  return lagIn(await controller.metrics());
}

/** What these metrics, in Prometheus' text form, say of it. */
export function lagIn(text: string): Lag {
  const ms = (name: string) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, 'm').exec(text)?.[1]) * 1_000;
  return { p50: ms('p50'), p99: ms('p99'), max: ms('max') };
}

/** The value that so large a part of the values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Calls `look` every so often until it gives something; fails when that takes longer than `timeoutMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { everyMs = 250, timeoutMs = 600_000 } = {},
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}`);
    await sleep(everyMs);
  }
}
