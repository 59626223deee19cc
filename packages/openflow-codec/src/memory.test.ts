import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MemoryUse } from './testing/memory.ts';
import { DENSE } from './testing/stretch.ts';

/** What the README promises: bytes of memory for each byte of a message, and characters of its text. */
const MOST = { allocated: 128, retained: 48, text: 8 } as const;

const PROGRAM = fileURLToPath(new URL('testing/memory.ts', import.meta.url));
/** Mebibytes: more than one message takes, so that nothing is collected before it is counted. */
const YOUNG = 64;

async function uses(): Promise<MemoryUse[]> {
  const options = ['--expose-gc', `--min-semi-space-size=${YOUNG}`, `--max-semi-space-size=${YOUNG}`];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...options, '--conditions=source', '--import', 'tsx', PROGRAM],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), maxBuffer: 2 ** 26 },
  );
  return stdout
    .trim()
    .split('\n')
    .map((line): MemoryUse => JSON.parse(line));
}

describe('messages of the greatest size', { timeout: 180_000 }, () => {
  let all: MemoryUse[] = [];
  beforeAll(async () => {
    all = await uses();
  }, 180_000);

  it.each(Object.keys(DENSE))('%s are read in bounded memory', (name) => {
    expect(all.filter((use) => use.name === name)).toEqual([
      expect.objectContaining({ isRead: true, size: expect.toSatisfy((size: number) => size > 65_000) }),
    ]);
  });

  it('are read often enough for the bounds to mean something', () => {
    expect(all.filter(({ isRead }) => isRead).length).toBeGreaterThan(40);
    // What is measured is there at all: no more than this could be missed.
    expect(Math.max(...all.map(({ allocated, size }) => allocated / size))).toBeGreaterThan(16);
  });

  it.each(['allocated', 'retained', 'text'] as const)('stay below the bound of what is %s', (kind) => {
    const beyond = all.filter((use) => use[kind] > MOST[kind] * use.size);
    expect(beyond).toEqual([]);
  });
});
