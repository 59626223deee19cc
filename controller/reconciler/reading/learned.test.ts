import { describe, expect, it } from 'vitest';
import type { Connection } from '#controller/channel/connection';
import { OFPT } from '#controller/channel/raw-message';
import { readLearned } from './learned.ts';

/** A switch that has learned flows of these ages (OF 1.3.5, 7.3.5.2), each told by its packet count, from 1. */
function switchWith(ages: readonly number[]): Connection {
  const head = Buffer.from('04130000000000010001000000000000', 'hex');
  const entries = ages.map((age, at) => {
    const entry = Buffer.alloc(56);
    entry.writeUInt16BE(entry.length, 0);
    entry.writeUInt32BE(age, 4);
    entry.writeUInt32BE(at + 1, 36);
    // A match without fields.
    entry.writeUInt16BE(1, 48);
    entry.writeUInt16BE(4, 50);
    return entry;
  });
  const exchange: Connection['exchange'] = (_request, take) => {
    take({ version: 4, type: OFPT.multipartReply, xid: 1, bytes: Buffer.concat([head, ...entries]) });
    return Promise.resolve();
  };
  return { exchange } as Connection;
}

describe('readLearned', () => {
  it('gives the newest, the newest first, however many there are and in whatever order they come', async () => {
    for (const length of [0, 1, 2, 3, 4, 7, 50, 1_000]) {
      const ages = Array.from({ length }, (_, at) => (at * 7919) % 1_009);
      const { count, flows } = await readLearned(switchWith(ages), 5, 3);
      expect(count).toBe(length);
      const sorted = [...ages].sort((a, b) => a - b).slice(0, 3);
      expect(flows.map(({ age }) => age)).toEqual(sorted);
      for (const { age, packets } of flows) expect(ages[packets - 1]).toBe(age);
    }
  });
});
