import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const include = ['src/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts'];
/** The matrix takes both cores, and its plays have clocks of tenths of a second; what runs from what is built for it is not built under others. */
const alone = ['test/chaos/chaos.test.ts', 'test/chaos/built-processes.test.ts'];
/** Take longest, most of it in waiting. Begun first, so that at the end nobody waits for one of them alone; a fresh checkout knows no durations. */
const longest = [
  'services/tryton',
  'simulation/simulation',
  'browser/console',
  'scenarios/scene',
  'scenarios/hang',
  'services/postgres',
  'scenarios/link-cut',
  'services/shards',
  'chaos/own-landscape',
  'package/package',
  'scenarios/power-cut-store',
  'scenarios/commands',
  'scenarios/play-bar',
  'scenarios/backup',
  'scenarios/full-disk',
  'scenarios/operations',
  'services/backup',
  'services/takeover',
  'scenarios/preparation',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

function place({ moduleId }: TestSpecification): number {
  const found = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return found === -1 ? longest.length : found;
}

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    isolate: false,
    globalSetup: 'test/built-command.ts',
    // Bounds for what hangs, not measures: a machine may be busy with other things.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      // More than there are cores on a small machine: most of the time of these tests is waiting for processes.
      { extends: true, test: { name: 'together', include, exclude: alone, maxWorkers: 3, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
