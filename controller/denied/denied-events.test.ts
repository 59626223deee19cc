import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type DeniedStream, deniedEvents } from './denied-events.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What the stream says last, when nothing is denied on the switch. */
async function lastOf(lasts: number, problem: 'gone' | undefined): Promise<string> {
  const denyLog: DeniedStream['denyLog'] = {
    watch: () => () => undefined,
    isReady: () => true,
    missedOf: async () => 0,
    problemOf: () => problem,
  };
  const stream = { denyLog, chassisId: 'hv1', rate: 1, lasts, show: () => ({}), ending: () => undefined };
  const told: string[] = [];
  const all = (async () => {
    for await (const text of deniedEvents(stream, new AbortController().signal) ?? []) told.push(text);
  })();
  await vi.advanceTimersByTimeAsync(60_000);
  await all;
  return told.at(-1) ?? '';
}

it('ends as it was asked to, or says what ended it before', async () => {
  expect(await lastOf(10_000, undefined)).toBe(
    'event: end\ndata: {"reason":"it has lasted as long as was asked for","complete":true}\n\n',
  );
  expect(await lastOf(10_000, 'gone')).toBe(
    'event: end\ndata: {"reason":"the switch is not connected any more","complete":false}\n\n',
  );
});
