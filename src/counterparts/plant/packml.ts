// The states of a machine by PackML (ANSI/ISA-TR88.00.02), as its controller keeps them while it runs an order.

/** StateCurrent of each state; 0 is "undefined". */
const numbers = {
  Clearing: 1,
  Stopped: 2,
  Starting: 3,
  Idle: 4,
  Suspended: 5,
  Execute: 6,
  Stopping: 7,
  Aborting: 8,
  Aborted: 9,
  Holding: 10,
  Held: 11,
  Unholding: 12,
  Suspending: 13,
  Unsuspending: 14,
  Resetting: 15,
  Completing: 16,
  Complete: 17,
};
export type State = keyof typeof numbers;

/** A state, and since when. */
export interface StateStep {
  readonly state: State;
  readonly was: State;
  readonly fromMs: number;
}

/** How long an acting state takes, and how long the machine waits in one between two of them. */
const actingMs = 100;
const waitingMs = 250;

export function stateNumber(name: string): number {
  return new Map<string, number>(Object.entries(numbers)).get(name) ?? 0;
}

/**
 * The states that a machine passes through when its pace changes, as shares of its target. It is suspended where what it works on comes too
 * slowly, held where it is itself the cause: stopped by hand, or cleared before it goes on at its pace.
 */
export function wayBetween(before: number, next: number): readonly State[] {
  if (before === next) return [];
  if (next === 0) return ['Holding', 'Held'];
  if (before === 0) return ['Unholding', 'Execute'];
  return next < before ? ['Suspending', 'Suspended', 'Unsuspending', 'Execute'] : ['Holding', 'Held', 'Unholding', 'Execute'];
}

/** When each state of a way begins, the first at `atMs`, or when the state before it may end. */
export function timed(way: readonly State[], { state: first, fromMs: sinceMs }: Pick<StateStep, 'state' | 'fromMs'>, atMs: number): readonly StateStep[] {
  let [was, fromMs] = [first, Math.max(atMs, sinceMs + lasts(first))];
  return way.map((state) => {
    const step = { state, was, fromMs };
    [was, fromMs] = [state, fromMs + lasts(state)];
    return step;
  });
}

/** How long a state lasts at least. */
function lasts(state: State): number {
  return state === 'Suspended' || state === 'Held' ? waitingMs : actingMs;
}
