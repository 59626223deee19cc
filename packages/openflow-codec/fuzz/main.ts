/**
 * Fuzzes the codec by hand: `scripts/typescript packages/openflow-codec/fuzz/main.ts [MINUTES] [SEED]`. What it finds is
 * printed as hex; the exit status says whether there was anything. The last line is JSON.
 */
import { checkBytes, type Outcome } from '../src/testing/check.ts';
import { Mutator } from '../src/testing/mutate.ts';
import { corpus, hexOf } from '../src/testing/vectors.ts';

const minutes = Number(process.argv[2] ?? 1);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const messages = corpus();
const mutator = new Mutator(messages, seed);
const outcomes: Record<Outcome, number> = { refused: 0, identical: 0, normalised: 0 };
const findings = new Map<string, string>();
const end = Date.now() + minutes * 60_000;
let executions = 0;
let slowest = 0;

console.log(`seed ${seed}, ${messages.length} messages to start from`);
while (Date.now() < end) {
  for (let round = 0; round < 1000; round++) {
    const bytes = mutator.next();
    const start = performance.now();
    try {
      outcomes[checkBytes(bytes)]++;
    } catch (error) {
      report(bytes, error);
    }
    slowest = Math.max(slowest, performance.now() - start);
    executions++;
  }
}
const summary = {
  seed,
  minutes,
  executions,
  ...outcomes,
  slowestMs: Math.round(slowest),
  findings: findings.size,
};
console.log(JSON.stringify(summary));
process.exitCode = findings.size === 0 ? 0 : 1;

/** Prints the first finding of each kind: where it was thrown, or what was said without the bytes in it. */
function report(bytes: Uint8Array, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const kind = text.replace(/[0-9a-f]{16,}|\d+/g, '#');
  if (findings.has(kind)) return;
  findings.set(kind, hexOf(bytes));
  console.log(`${text}\n  ${hexOf(bytes)}`);
}
