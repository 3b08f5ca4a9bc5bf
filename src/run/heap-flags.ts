/**
 * V8's flags for a process of ours; `bin/lineshaft.mjs` has the same for those that are started by hand: how far the young generation may
 * grow. What it grew by is given back at rest (`slimHeap`). A flag that V8 counts among those that code is compiled under has no place
 * here: the compiled code that `prepare` left would not be found (`--heap-growing-percent` is one).
 */
export function heapFlags(command: string | undefined): readonly string[] {
  return command === 'hub' ? ['--max-semi-space-size=16'] : ['--max-semi-space-size=4', '--v8-pool-size=1'];
}

/** What the GNU C library is told: not to give each thread a heap of its own, which holds on to what was freed. Measured at rest: 1.5 MB. */
export const heapEnvironment = { MALLOC_ARENA_MAX: '2' };
