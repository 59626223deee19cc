import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, Daemon, waitFor } from '#lab';
import { expectedDifferences } from './neutron/expected.ts';
import { replay } from './neutron/replay.ts';

/** What a real Neutron answered to the stock client, exchange by exchange, against a fresh server of ours. */
const root = mkdtempSync(`${tmpdir()}/neutron-`);
const addresses = ['api', 'openflow', 'ovsdb', 'metrics'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);
const serve = new Daemon({
  name: 'the controller of npm run serve:golden',
  argv: [
    ...['npm', '--prefix', CHECKOUT, 'run', '--silent', 'serve:golden', '--'],
    ...['--data-dir', `${root}/data`, ...addresses],
  ],
  log: `${root}/serve.log`,
});

beforeAll(() => serve.start());
afterAll(() => serve.stop());

describe('the northbound', () => {
  it('answers as a real Neutron did, but for what docs/neutron-compat.md tells', async () => {
    const api = await waitFor(listeningApi, { what: 'the API to listen' });
    const { total, differing } = await replay(`http://${api}`);
    const expected = expectedDifferences();
    const found = new Set(differing.map(({ number }) => number));
    const surprises = differing.filter(({ number }) => !expected.has(number));
    expect(surprises.map(({ number, text }) => `#${number} ${text}`)).toEqual([]);
    // What no longer differs has to go from the list.
    expect([...expected].filter((number) => !found.has(number))).toEqual([]);
    expect(total).toBe(478);
  });

  it('has logged no failure of its own meanwhile', () => {
    const lines = readFileSync(serve.log, 'utf8').trim().split('\n');
    expect(lines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});

function listeningApi(): string | undefined {
  serve.mustRun();
  const lines = readFileSync(serve.log, 'utf8').trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line)).find((line) => line.what === 'api')?.address;
}
