import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ThrottledLog } from './throttled-log.ts';

let lines: Record<string, unknown>[];
let log: ThrottledLog;
beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  log = new ThrottledLog(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
});
afterEach(() => vi.useRealTimers());

function note(address: string, times: number): number {
  let written = 0;
  for (let count = 0; count < times; count++) {
    log.note(address, () => {
      written += 1;
    });
  }
  return written;
}

it('writes a burst and then one line a second, for each address by itself', () => {
  expect(note('a', 1_000)).toBe(50);
  expect(note('b', 10)).toBe(10);
  vi.advanceTimersByTime(3_000);
  expect(note('a', 1_000)).toBe(3);
});

it('counts what it leaves out, and ends its timer when there is nothing to tell', () => {
  note('a', 1_000);
  note('b', 1);
  vi.advanceTimersByTime(5_000);
  expect(lines).toMatchObject([{ level: 40, address: 'a', suppressed: 950 }]);
  note('a', 10);
  log.close();
  expect(lines[1]).toMatchObject({ address: 'a', suppressed: 5 });
  expect(vi.getTimerCount()).toBe(0);
  note('a', 1);
  vi.advanceTimersByTime(120_000);
  expect(vi.getTimerCount()).toBe(0);
});

it('tells no more than so many addresses apart', () => {
  for (let at = 0; at < 5_000; at++) note(`address ${at}`, 1);
  expect(note('one more', 1)).toBe(0);
  log.close();
  const suppressed = lines.reduce((sum, line) => sum + Number(line.suppressed), 0);
  expect([lines.length, suppressed]).toEqual([1, 5_001 - 1_024 - 50]);
});
