import { ZeroLossArena } from '../test/zero-loss/arena.ts';
import { DISRUPTIONS } from '../test/zero-loss/disruptions.ts';

/**
 * Whether guests feel what happens to the controller: each disruption so many times (default 10), under 1,000 pings a
 * second and 100 TCP streams, beside as many rounds of nothing, whose losses are the machine's. Fails when a stream is lost or
 * a flow is put there anew, and when a ping is lost although none was while nothing happened.
 */
const ROUNDS = Number(process.argv[2] ?? 10);
const SEED = Number(process.argv[3] ?? 1);

const arena = await ZeroLossArena.create(
  { pingsPerSecond: 1_000, streams: 100, streamIntervalMs: 100 },
  SEED,
);
const rows = [];
try {
  for (const disruption of ['nothing', ...Object.keys(DISRUPTIONS)]) {
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
const isBusy = (rows[0]?.lost ?? 0) > 0;
if (isBusy) console.log('This machine loses packets while nothing happens: it is too busy to tell of pings.');
const isFelt = rows.some(
  (row) =>
    row.duplicates + row.unanswered + row['streams broken'] + row['flows rewritten'] > 0 ||
    (row.lost > 0 && !isBusy),
);
if (isFelt) process.exitCode = 1;
