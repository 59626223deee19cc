import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { testApi } from './api-fixture.ts';
import { differences, type Exchange, Tokens } from './golden-replay.ts';

/** Exchanges of the recording that can't be equal yet, by reason. Each must differ: an entry that does not is removed. */
const EXCLUDED: readonly { readonly reason: string; readonly numbers: readonly number[] }[] = [
  { reason: 'tags are part of a later issue', numbers: [7, 32, 33, 34, 35, 50, 53, 123] },
  {
    reason: 'trunks are part of a later issue: trunk_details, and ports that a trunk protects from deletion',
    numbers: [364, 395, 414, 417, 419, 420, 427, 432, 439, 440, 442, 456, 457],
  },
  { reason: 'only extensions that are enforced are offered', numbers: [256, 273, 461] },
];

it('answers as a real Neutron did', async () => {
  const recording = readFileSync(new URL('../../test/neutron/golden.jsonl', import.meta.url), 'utf8');
  const exchanges: readonly Exchange[] = recording
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const api = testApi();
  const tokens = new Tokens();
  const differing = new Map<number, string>();
  for (const recorded of exchanges) {
    const exchange = asToday(recorded);
    const { n, method, path, headers, body, response } = exchange;
    const sent = body === null ? undefined : tokens.translate(JSON.stringify(body));
    const answer = await api.call(method, tokens.translate(path), sent, headers);
    if (answer.status < 300) tokens.learn(response, answer.body);
    const found = differences(exchange, answer.status, answer.body);
    if (found.length > 0) differing.set(n, `#${n} ${method} ${path}: ${found.join('; ')}`);
  }
  const excluded = new Set(EXCLUDED.flatMap(({ numbers }) => numbers));
  expect([...differing].filter(([n]) => !excluded.has(n)).map(([, text]) => text)).toEqual([]);
  expect([...excluded].filter((n) => !differing.has(n))).toEqual([]);
});

/**
 * The exchange without what is not built yet or differs on purpose, so that the rest of it is compared:
 * security groups and tags are neither sent nor compared (except where they are refused), and the VNI 2^24 of exchange 16, which doesn't fit
 * VXLAN's 24 bits (the reference server takes it, ours refuses it), is replaced by one that does.
 */
function asToday(exchange: Exchange): Exchange {
  const text = JSON.stringify(exchange, (key, value) =>
    exchange.status < 400 && LATER.has(key) ? undefined : value,
  );
  return JSON.parse(
    text.replace('"provider:segmentation_id":"16777216"', '"provider:segmentation_id":"999"'),
  );
}
const LATER = new Set(['security_groups', 'tags']);
