import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Suspicion } from './suspicion.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Milliseconds from a hint to the look that it causes. */
function waitOf(
  suspicion: Suspicion,
  look: { readonly mock: { readonly calls: readonly unknown[] } },
): number {
  const before = look.mock.calls.length;
  const begun = performance.now();
  suspicion.raise();
  while (look.mock.calls.length === before) vi.advanceTimersByTime(1);
  return performance.now() - begun;
}

it('looks once for many hints, and half as often each time while they go on', () => {
  const look = vi.fn();
  const suspicion = new Suspicion(look);
  for (let hint = 0; hint < 5; hint++) suspicion.raise();
  expect(suspicion.isRaised).toBe(true);
  vi.advanceTimersByTime(20);
  expect(suspicion.isRaised).toBe(false);
  expect(look).toHaveBeenCalledTimes(1);
  const waits = Array.from({ length: 11 }, () => waitOf(suspicion, look));
  expect(waits).toEqual([40, 80, 160, 320, 640, 1280, 2560, 5120, 10_000, 10_000, 10_000]);
});

it('looks soon again after a calm that is longer than ten seconds and the last wait', () => {
  const look = vi.fn();
  const suspicion = new Suspicion(look);
  expect([waitOf(suspicion, look), waitOf(suspicion, look)]).toEqual([20, 40]);
  vi.advanceTimersByTime(10_000);
  expect(waitOf(suspicion, look)).toBe(80);
  vi.advanceTimersByTime(10_161);
  expect(waitOf(suspicion, look)).toBe(20);
});

it('looks at nothing that was dropped', () => {
  const look = vi.fn();
  const suspicion = new Suspicion(look);
  suspicion.raise();
  suspicion.drop();
  vi.advanceTimersByTime(60_000);
  expect(look).not.toHaveBeenCalled();
  expect(suspicion.isRaised).toBe(false);
});
