import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPS } from '#apps';
import { compilePrograms } from '#lab';
import { difference, dropCounts } from './drop-counts.ts';
import { type SteadyCloud, steadyCloud } from './steady-cloud.ts';

/** Few enough for a busy machine; `npm run bench:interruption` takes a thousand, and the time. */
const CONNECTIONS = 100;
const PERIOD_MS = 100;
/** Why the firewall drops packets. */
const REASONS = APPS.flatMap(({ name, drops }) =>
  name === 'security-groups' ? Object.keys(drops ?? {}) : [],
);

let steady: SteadyCloud;

beforeAll(async () => {
  await compilePrograms();
  steady = await steadyCloud();
});
afterAll(() => steady.stop());

describe('connections in use', () => {
  it('lose no packet to the firewall and are never reset while others change and the controller is killed', async () => {
    const { cloud } = steady;
    const drops = async () => Promise.all(cloud.hypervisors.map((host) => dropCounts(host, REASONS)));
    await steady.open(CONNECTIONS);
    const before = await drops();
    steady.pace(PERIOD_MS);
    for (let round = 0; round < 2; round++) await steady.change();
    await cloud.controller.kill();
    await cloud.controller.start();
    await cloud.steady();
    await steady.change();
    const told = await steady.endPace();

    for (const { errors, kept, count } of told) {
      expect(errors).toBe(0);
      expect(kept).toBe(CONNECTIONS / told.length);
      expect(count).toBeGreaterThan(kept);
    }
    const after = await drops();
    expect(after.map((counts, at) => difference(counts, before[at] ?? {}))).toEqual([{}, {}, {}]);
  });
});
