import { defineConfig } from 'vitest/config';

/** Sources, never a stale dist: the `source` condition of every package.json. */
const onSources = { ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } } };

export default defineConfig({
  ...onSources,
  test: {
    projects: [
      {
        ...onSources,
        test: {
          name: 'unit',
          include: ['{packages/*/src,pipeline,apps,controller,lab,scripts,test/firewall}/**/*.test.ts'],
          setupFiles: ['test/property-seed.ts'],
          // No test is about speed: a busy machine may take its time.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...onSources,
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          exclude: ['test/firewall/**'],
          setupFiles: ['test/setup.ts'],
          // After the unit tests, not beside them: these need the machine for themselves.
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
