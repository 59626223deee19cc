/**
 * What a store of many objects costs: from opening to ready, resident memory, commits. Run by
 * `npm run bench:store [COUNT]`, a million by default; the last line is JSON.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { backupOf } from '#controller/store/backup';
import { restoreStore } from '#controller/store/lmdb/restore';
import { sampleCloud } from './store/sample-cloud.ts';

const COUNT = Number(process.argv[2] ?? 1_000_000);
const OPENINGS = 2;
const COMMITS = 1_000;
const MB = 1024 * 1024;

interface Opening {
  readonly openMs: number;
  /** Milliseconds of all cores; what is left of `openMs` is waiting, also for others. */
  readonly cpuMs: number;
  /** Bytes of resident memory: before opening, after it and a collection of garbage, and the most that it ever was. */
  readonly empty: number;
  readonly rss: number;
  readonly peak: number;
  readonly heapUsed: number;
  /** Commits per second by one client, and by sixteen. */
  readonly rates: { readonly one: number; readonly sixteen: number };
}

const directory = mkdtempSync(`${tmpdir()}/tenantflow-bench-`);
// In the order in which a store lists its objects, as every backup is.
const objects = [...sampleCloud(COUNT)].sort(([a, idA], [b, idB]) => compare(a, b) || compare(idA, idB));
const snapshot = { history: 'bench', revision: 1, counters: {}, count: COUNT, objects };
const start = performance.now();
await restoreStore(directory, backupOf(snapshot, Date.now()));
const restoreMs = performance.now() - start;
const file = statSync(`${directory}/data.mdb`).size;
const openings = Array.from({ length: OPENINGS }, open);
rmSync(directory, { recursive: true });

const best = openings.reduce((a, b) => (b.openMs < a.openMs ? b : a));
console.table({
  objects: COUNT,
  'file (MB)': round(file / MB),
  'restored from a backup in (s)': round(restoreMs / 1000),
  'open to ready (s)': round(best.openMs / 1000),
  'of which computing, all cores (s)': round(best.cpuMs / 1000),
  'resident memory (MB)': round(best.rss / MB),
  'of which before opening (MB)': round(best.empty / MB),
  'most while opening (MB)': round(best.peak / MB),
  'commits/s, one client': round(best.rates.one),
  'commits/s, 16 clients': round(best.rates.sixteen),
});
console.log(JSON.stringify({ bench: 'store', objects: COUNT, file, restoreMs, openings }));

/** In a process of its own, with the options of `bin/tenantflow`. */
function open(): Opening {
  const script = fileURLToPath(new URL('store/open.ts', import.meta.url));
  const options = { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '--expose-gc' } } as const;
  const runner = fileURLToPath(new URL('../scripts/typescript', import.meta.url));
  return JSON.parse(execFileSync(runner, [script, directory, `${COMMITS}`], options)) as Opening;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
