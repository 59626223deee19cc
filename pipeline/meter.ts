import { METER } from 'openflow-codec';
import { PipelineError } from './errors.ts';
import type { Flow } from './flow.ts';

/** How many packets of its flows a meter lets through; the rest are dropped (OF 1.3.5, 5.7). */
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

/** Meters have no cookies: an app's number, which is not 0, stands above the fact's key; small ones are somebody else's. */
const KEYS = 2 ** 24;
/** Beyond is OFPM_MAX (OF 1.3.5, 7.3.4.4), or near to it. */
const APPS = 0xff;

/** The meter of an app's fact. Throws PipelineError PIPE_METER for a key of more than 24 bits, app 255, or no such rate. */
export function makeMeter(app: number, key: number, { rate, burst }: MeterRate): Meter {
  checkRate({ number: app, rate, burst });
  if (key >= KEYS || app >= APPS) throw new PipelineError('PIPE_METER', { number: app, key });
  return { number: app * KEYS + key, rate, burst };
}

function checkRate({ number, rate, burst }: Meter): void {
  const isFit = [rate, burst].every((each) => Number.isInteger(each) && each > 0 && each <= 0xffffffff);
  if (!isFit) throw new PipelineError('PIPE_METER', { number, rate, burst });
}

/** The number of the app that a meter of ours is of, and the key of its fact. */
export function parseMeter(number: number): { readonly app: number; readonly key: number } {
  if (number === METER.controller) return { app: 0, key: 0 };
  return { app: Math.floor(number / KEYS), key: number % KEYS };
}

/**
 * The meter of all packets that a switch sends to controllers (OF 1.3.5, 7.3.4.4: OFPM_CONTROLLER). A packet above its rate goes
 * on through the tables all the same; only the controller does not get it.
 */
export function controllerMeter({ rate, burst }: MeterRate): Meter {
  checkRate({ number: METER.controller, rate, burst });
  return { number: METER.controller, rate, burst };
}

/** True for a meter whose number holds an app's number, and for the controller's meter, which on our bridges is ours, too. */
export function isOurMeter(number: number): boolean {
  return (number >= KEYS && number < APPS * KEYS) || number === METER.controller;
}

/** ofp_action_output to OFPP_CONTROLLER (OF 1.3.5, 7.2.5), which ends the flows that have one. */
const OUTPUT_SIZE = 16;
const TO_CONTROLLER = '\x00\x00\x00\x10\xff\xff\xff\xfd';

/** OFPIT_METER (OF 1.3.5, 7.2.4), which comes before all other instructions. */
const METER_INSTRUCTION = 6;

/** The number of the meter that a flow needs, if any: its packets go through it first, or on the way to the controller. */
export function meterOf({ content }: Pick<Flow, 'content'>): number | undefined {
  if (content.startsWith(TO_CONTROLLER, content.length - OUTPUT_SIZE)) return METER.controller;
  if (content.length < 8 || content.charCodeAt(1) !== METER_INSTRUCTION || content.charCodeAt(0) !== 0)
    return undefined;
  const upper = (content.charCodeAt(4) << 8) | content.charCodeAt(5);
  const lower = (content.charCodeAt(6) << 8) | content.charCodeAt(7);
  return upper * 0x10000 + lower;
}
