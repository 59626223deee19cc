import { expect, it, vi } from 'vitest';
import { edgePipeline, type Facts } from '#apps';
import { Ahead } from './ahead.ts';
import { Desired } from './desired.ts';

const PATIENCE = { timeout: 60_000, interval: 1 };
const pipeline = edgePipeline();
const PORTS = Array.from({ length: 200 }, (_, at): Facts['localPort'] => ({
  ...{ kind: 'localPort', key: at + 1, network: 7, mac: BigInt(at), ofport: at + 1 },
  ...{ addresses: [], isContested: false },
}));
const EACH = pipeline.compile(PORTS[0] as Facts['localPort']).length;

it('compiles piece by piece what is expected, one switch after the other, and nothing beside other work', async () => {
  const compiled: string[] = [];
  const [first, second] = ['first', 'second'].map(
    (name) => new Desired(pipeline, PORTS, () => compiled.push(name)),
  ) as [Desired, Desired];
  const ofNothing = compiled.length;
  const looks: number[] = [];
  let isIdle = false;
  const ahead = new Ahead({
    pieceMs: 0,
    isIdle: () => {
      looks.push(compiled.length);
      return isIdle;
    },
  });
  ahead.expect(second);
  ahead.forget(second);
  ahead.expect(first);
  ahead.expect(second);
  await vi.waitUntil(() => looks.length > 2, PATIENCE);
  expect(compiled).toHaveLength(ofNothing);

  isIdle = true;
  await vi.waitUntil(() => second.isComplete, PATIENCE);
  const wanted = ['first', 'second'].flatMap((name) => Array(EACH * PORTS.length).fill(name));
  expect(compiled.slice(ofNothing)).toEqual(wanted);
  const pieces = looks.map((length, at) => length - (looks[at - 1] ?? ofNothing));
  expect(Math.max(...pieces)).toBeLessThan(64 + EACH);
});

it('leaves alone what is expected no more', async () => {
  const [gone, kept] = [new Desired(pipeline, PORTS), new Desired(pipeline, PORTS)];
  const ahead = new Ahead({ isIdle: () => true });
  ahead.expect(gone);
  ahead.expect(kept);
  ahead.forget(gone);
  await vi.waitUntil(() => kept.isComplete, PATIENCE);
  expect(gone.isComplete).toBe(false);
});
