type Environment = Readonly<Record<string, string | undefined>>;

/**
 * V8's flags for a process of ours; `bin/lineshaft.mjs` has the same for those that are started by hand: how far the young generation may
 * grow. What it grew by is given back at rest (`slimHeap`). A flag that V8 counts among those that code is compiled under has no place
 * here: the compiled code that `prepare` left would not be found (`--heap-growing-percent` is one).
 */
export function heapFlags(command: string | undefined, environment: Environment = {}): readonly string[] {
  const flags = command === 'hub' ? ['--max-semi-space-size=16'] : ['--max-semi-space-size=4', '--v8-pool-size=1'];
  return command === 'hub' && isHeapKept(environment) ? [...flags, '--min-semi-space-size=16'] : flags;
}

/**
 * For plays in which a process lives for seconds: its young generation begins as large as it may become, and nothing is given back.
 * Measured: 6 to 10 % less CPU of a hub until it is ready; an edge gains nothing by it.
 */
export function isHeapKept(environment: Environment): boolean {
  return environment['LINESHAFT_HEAP'] === 'kept';
}

/** What the GNU C library is told: not to give each thread a heap of its own, which holds on to what was freed. Measured at rest: 1.5 MB. */
export const heapEnvironment = { MALLOC_ARENA_MAX: '2' };
