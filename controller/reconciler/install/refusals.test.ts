import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { edgePipeline, FACT_KINDS } from '#apps';
import { makeFlow } from '#pipeline';
import { cookieHi } from '../../../pipeline/cookie.ts';
import { reconcileMetrics } from '../metrics.ts';
import type { Refusal } from './install.ts';
import { Refusals } from './refusals.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A flow of the local port with this key, refused. */
function refusalOf(key: number): Refusal {
  const cookie = { hi: cookieHi(1, FACT_KINDS.localPort), lo: key };
  return {
    change: { before: undefined, after: makeFlow(0, 1, cookie, [{ field: 'in_port', value: key }], []) },
    error: 'OFPFMFC_TABLE_FULL',
  };
}

function newRefusals(): Refusals {
  return new Refusals(edgePipeline(), pino({ level: 'silent' }), reconcileMetrics(new Registry()));
}

describe('Refusals', () => {
  const [one, two] = [refusalOf(1), refusalOf(2)];

  it('are of the facts whose flows are refused now', () => {
    const refusals = newRefusals();
    expect(refusals.any).toBe(false);
    refusals.note([one, two], [one, two]);
    expect([1, 2, 3].map((key) => refusals.has('localPort', key))).toEqual([true, true, false]);
    refusals.note([], [two]);
    expect([1, 2].map((key) => refusals.has('localPort', key))).toEqual([false, true]);
    refusals.note([], []);
    expect(refusals.any).toBe(false);
  });

  it('are tried again after five seconds, then after twice as long each time, up to ten minutes', () => {
    const refusals = newRefusals();
    expect(refusals.wait).toBe(Number.POSITIVE_INFINITY);
    refusals.note([one], [one]);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      waits.push(refusals.wait / 1_000);
      vi.advanceTimersByTime(refusals.wait);
      expect(refusals.wait).toBe(0);
      refusals.retried();
      refusals.note([one], [one]);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600]);
  });

  it('of another fact are tried again soon, and those of none never', () => {
    const refusals = newRefusals();
    refusals.note([one], [one]);
    refusals.retried();
    refusals.note([two], [one, two]);
    expect(refusals.wait).toBe(5_000);
    refusals.note([], []);
    expect(refusals.wait).toBe(Number.POSITIVE_INFINITY);
    refusals.note([one], [one]);
    expect(refusals.wait).toBe(5_000);
  });
});
