/**
 * V8's flags for a process of ours; `bin/lineshaft.mjs` has the same for those that are started by hand. The young generation never gives
 * back what it grew to while code was loaded. Measured at rest: hub 182 → 137 MB, edge 103 → 88 MB; hub 152 → 145 MB with 4 MiB instead
 * of 8. A flag that V8 counts among those that code is compiled under has no place here: the compiled code that `prepare` left would not
 * be found (`--heap-growing-percent` is one).
 */
export function heapFlags(command: string | undefined): readonly string[] {
  return command === 'hub' ? ['--max-semi-space-size=4'] : ['--max-semi-space-size=1', '--v8-pool-size=1'];
}

/** What the GNU C library is told: not to give each thread a heap of its own, which holds on to what was freed. Measured at rest: 1.5 MB. */
export const heapEnvironment = { MALLOC_ARENA_MAX: '2' };
