import { PipelineError } from './errors.ts';

/**
 * A cookie leads from a flow back to what caused it:
 *
 *     63      56 55      48 47      40 39      32 31                    0
 *     | 0x74 't' |   app    |   kind   | reason  |       fact key       |
 *
 * The first byte is our cookie space: a switch's flows outside it are somebody else's and are left alone.
 */
export interface Cookie {
  /** Number of the app, 0 for the pipeline's own table-miss flows. */
  readonly app: number;
  /** Number of the kind of fact, 0 for flows that every switch has. */
  readonly kind: number;
  /** Number of the reason of a flow that drops and says why (App.drops, from 1); else 0. */
  readonly reason: number;
  /** The fact's key; the table id for table-miss flows. */
  readonly key: number;
}

/** Upper halves of the value and the mask that select our flows on a switch; the lower halves are 0. */
export const COOKIE_SPACE_HI = 0x74000000;
export const COOKIE_SPACE_MASK_HI = 0xff000000;

/**
 * The same two for flows that a switch learns: nobody sent these, so they have a cookie space of their own. Except for the first
 * byte, 0x75 'u', a learned flow has the cookie of the flow that learned it.
 */
export const LEARNED_SPACE_HI = 0x75000000;
export const LEARNED_SPACE_MASK_HI = COOKIE_SPACE_MASK_HI;

/** The cookie of what a flow with this cookie learns. */
export function learnedCookie(hi: number, lo: number): bigint {
  const upper = ((hi & ~LEARNED_SPACE_MASK_HI) | LEARNED_SPACE_HI) >>> 0;
  return (BigInt(upper) << 32n) | BigInt(lo);
}

/** The upper 32 bits of a cookie; the lower are the fact key. */
export function cookieHi(app: number, kind: number, reason = 0): number {
  return (COOKIE_SPACE_HI | (app << 16) | (kind << 8) | reason) >>> 0;
}

/** Reads a cookie, or nothing when it is not of our space. */
export function parseCookie(hi: number, lo: number): Cookie | undefined {
  if ((hi & COOKIE_SPACE_MASK_HI) >>> 0 !== COOKIE_SPACE_HI) return undefined;
  return { app: (hi >>> 16) & 0xff, kind: (hi >>> 8) & 0xff, reason: hi & 0xff, key: lo >>> 0 };
}

/** Throws PipelineError PIPE_FACT_KEY unless `key` fits a cookie. */
export function checkFactKey(key: number, kind: string): void {
  if (!Number.isInteger(key) || key < 0 || key > 0xffffffff)
    throw new PipelineError('PIPE_FACT_KEY', { kind, key });
}
