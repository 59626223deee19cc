import { ZeroLossArena } from '../test/zero-loss/arena.ts';
import { DISRUPTIONS } from '../test/zero-loss/disruptions.ts';

/**
 * Whether guests feel what happens to the controller: each disruption so many times (default 10), under 1,000 pings a
 * second and 100 TCP streams. Fails when a ping or a stream is lost, or a flow is put there anew.
 */
const ROUNDS = Number(process.argv[2] ?? 10);
const SEED = Number(process.argv[3] ?? 1);

const arena = await ZeroLossArena.create(
  { pingsPerSecond: 1_000, streams: 100, streamIntervalMs: 100 },
  SEED,
);
const rows = [];
try {
  for (const disruption of Object.keys(DISRUPTIONS)) {
    const { streams, rewritten, ...felt } = await arena.disturb(disruption, ROUNDS);
    rows.push({
      ...felt,
      'stream answers': streams.answered,
      unanswered: streams.sent - streams.answered,
      'streams broken': streams.broken,
      retransmitted: streams.retransmitted,
      'flows rewritten': rewritten.length,
    });
  }
} finally {
  await arena.stop();
}
console.table(rows);
console.log(JSON.stringify({ bench: 'zero-loss', seed: SEED, rows }));
const isFelt = rows.some(
  (row) => row.lost + row.duplicates + row.unanswered + row['streams broken'] + row['flows rewritten'] > 0,
);
if (isFelt) process.exitCode = 1;
