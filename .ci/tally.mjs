// Sums up vitest's JSON report (first argument) and the status of the whole run (second): names what was skipped,
// prints "N passed, N failed" and exits with 0 only if there is something to count and none of it failed.
import { existsSync, readFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];

let passed = 0;
let failed = 0;
for (const { name, status: fileStatus, assertionResults } of files) {
  const bad = assertionResults.filter((test) => test.status !== 'passed');
  for (const test of bad) if (test.status !== 'failed') console.log(`Not run: ${name}: ${test.fullName}`);
  passed += assertionResults.length - bad.length;
  // A file may fail without any of its tests: it could not be loaded, or its clearing up failed.
  failed += bad.length || (fileStatus === 'passed' ? 0 : 1);
}
if (passed + failed === 0) console.log('No test was run.');
// Something else than a test failed, such as the linter, a type or a missing prerequisite; it said so above.
if (failed === 0 && (status !== '0' || passed === 0)) failed = 1;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
