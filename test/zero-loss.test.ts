import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZeroLossArena } from './zero-loss/arena.ts';
import { DISRUPTIONS } from './zero-loss/disruptions.ts';

/**
 * What may happen to a controller, felt by no guest. `npm run bench:zero-loss` does each ten times under ten times the
 * traffic, and counts what the kernels sent again, which a busy machine makes happen by itself.
 */
let arena: ZeroLossArena;

beforeAll(async () => {
  arena = await ZeroLossArena.create({ pingsPerSecond: 100, streams: 20, streamIntervalMs: 50 }, 1);
});
afterAll(() => arena.stop());

describe('a controller', () => {
  it.each(Object.keys(DISRUPTIONS))(
    '%s: no packet lost, no stream broken, no flow rewritten',
    async (name) => {
      const { streams, ...felt } = await arena.disturb(name, 1);
      expect(felt).toMatchObject({ lost: 0, duplicates: 0, rewritten: [] });
      expect(felt.pings).toBeGreaterThan(40);
      expect(streams.broken).toBe(0);
      expect(streams.answered).toBe(streams.sent);
      expect(streams.sent).toBeGreaterThan(20);
    },
  );
});
