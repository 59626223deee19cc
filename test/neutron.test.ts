import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, Daemon, waitFor } from '#lab';
import { expectedDifferences } from './neutron/expected.ts';
import { RECORDINGS, type Recording, replay } from './neutron/replay.ts';

/** What a real Neutron answered, exchange by exchange, against a fresh server of ours for each recording. */
const root = mkdtempSync(`${tmpdir()}/neutron-`);
const addresses = ['api', 'openflow', 'ovsdb', 'metrics'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);

describe.each(Object.entries(RECORDINGS) as [Recording, number][])('the northbound', (recording, count) => {
  const serve = new Daemon({
    name: `the controller of npm run serve:golden for ${recording}`,
    argv: [
      ...['npm', '--prefix', CHECKOUT, 'run', '--silent', 'serve:golden', '--'],
      ...['--data-dir', `${root}/${recording}`, ...addresses],
    ],
    log: `${root}/${recording}.log`,
  });
  beforeAll(() => serve.start());
  afterAll(() => serve.stop());

  it(`answers ${recording}.jsonl as a real Neutron did, but for what docs/neutron-compat.md tells`, async () => {
    const api = await waitFor(() => listeningApi(serve), { what: 'the API to listen' });
    const { total, differing } = await replay(recording, `http://${api}`);
    const expected = expectedDifferences(recording);
    const found = new Set(differing.map(({ number }) => number));
    const surprises = differing.filter(({ number }) => !expected.has(number));
    expect(surprises.map(({ number, text }) => `#${number} ${text}`)).toEqual([]);
    // What no longer differs has to go from the list.
    expect([...expected].filter((number) => !found.has(number))).toEqual([]);
    expect(total).toBe(count);
  });

  it('has logged no failure of its own meanwhile', () => {
    const lines = readFileSync(serve.log, 'utf8').trim().split('\n');
    expect(lines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});

function listeningApi(serve: Daemon): string | undefined {
  serve.mustRun();
  const lines = readFileSync(serve.log, 'utf8').trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line)).find((line) => line.what === 'api')?.address;
}
