import { PipelineError } from './errors.ts';
import type { Flow } from './flow.ts';

/** How many packets of its flows a meter lets through; what is beyond drops (OF 1.3.5, 5.7). */
export interface MeterRate {
  /** Packets a second, 1–4294967295. */
  readonly rate: number;
  /** Packets at once after a rest, 1–4294967295. */
  readonly burst: number;
}

/** A meter of a switch. */
export interface Meter extends MeterRate {
  readonly number: number;
}

/** Meters have no cookies: ours are those whose numbers begin like this, and others are somebody else's. */
const SPACE = 0x74000000;
/** Facts that may have meters: what is left of OFPM_MAX (OF 1.3.5, 7.3.4.4) keeps away from small numbers, which people use. */
const KEYS = 2 ** 26;

/** The number of a fact's meter. Throws PipelineError PIPE_METER for a key of more than 26 bits. */
export function meterNumber(key: number): number {
  if (key >= KEYS) throw new PipelineError('PIPE_METER', { key });
  return SPACE + key;
}

/** The key of the fact that a meter of ours is of. */
export function keyOfMeter(number: number): number {
  return number - SPACE;
}

export function isOurMeter(number: number): boolean {
  return number >= SPACE && number < SPACE + KEYS;
}

/** OFPIT_METER (OF 1.3.5, 7.2.4), which comes before all other instructions. */
const METER_INSTRUCTION = 6;

/** The number of the meter that a flow's packets go through first, if any. */
export function meterOf({ content }: Pick<Flow, 'content'>): number | undefined {
  if (content.length < 8 || content.charCodeAt(1) !== METER_INSTRUCTION || content.charCodeAt(0) !== 0)
    return undefined;
  const upper = (content.charCodeAt(4) << 8) | content.charCodeAt(5);
  const lower = (content.charCodeAt(6) << 8) | content.charCodeAt(7);
  return upper * 0x10000 + lower;
}
