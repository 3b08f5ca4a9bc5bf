import { defineConfig } from 'vitest/config';

const include = ['src/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts'];
/** These take both cores, or make `dist` anew under whoever else reads it. */
const alone = ['test/chaos/**/*.test.ts', 'test/package/**/*.test.ts'];

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'together', include, exclude: alone, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
