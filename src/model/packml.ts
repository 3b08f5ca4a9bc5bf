// The base state model of PackML (ISA-TR88.00.02), with the numbers of its PackTag StateCurrent and the transitions of OPC 30050 (OPC UA for PackML 1.01).

/** The 17 states in the order of their numbers, from 1. */
export const packmlStates = [
  'Clearing',
  'Stopped',
  'Starting',
  'Idle',
  'Suspended',
  'Execute',
  'Stopping',
  'Aborting',
  'Aborted',
  'Holding',
  'Held',
  'Unholding',
  'Suspending',
  'Unsuspending',
  'Resetting',
  'Completing',
  'Complete',
] as const;
export type PackmlState = (typeof packmlStates)[number];

/** The states by their StateCurrent number, as the `codes` of a signal. */
export const packmlCodes: Readonly<Record<string, PackmlState>> = Object.freeze(Object.fromEntries(packmlStates.map((state, index) => [String(index + 1), state])));

/** What follows each state of itself or by a command, stop and abort apart. */
const next: Readonly<Record<PackmlState, readonly PackmlState[]>> = {
  Clearing: ['Stopped'],
  Stopped: ['Resetting'],
  Resetting: ['Idle'],
  Idle: ['Starting'],
  Starting: ['Execute', 'Holding'],
  Execute: ['Completing', 'Holding', 'Suspending'],
  Completing: ['Complete'],
  Complete: ['Resetting'],
  Holding: ['Held'],
  Held: ['Unholding'],
  Unholding: ['Execute', 'Holding'],
  Suspending: ['Suspended', 'Holding'],
  Suspended: ['Unsuspending', 'Holding'],
  Unsuspending: ['Execute', 'Holding'],
  Stopping: ['Stopped'],
  Aborting: ['Aborted'],
  Aborted: ['Clearing'],
};
/** A stop leads out of all states but these. */
const beyondStop: ReadonlySet<PackmlState> = new Set(['Stopping', 'Stopped', 'Clearing', 'Aborting', 'Aborted']);

/** The state of a PackTag StateCurrent number; undefined of any other number. */
export function packmlState(stateCurrent: number): PackmlState | undefined {
  return packmlStates[stateCurrent - 1];
}

/** The StateCurrent number of a state. */
export function packmlNumber(state: PackmlState): number {
  return packmlStates.indexOf(state) + 1;
}

/** The states that a machine may go to from this one. */
export function packmlNext(state: PackmlState): readonly PackmlState[] {
  const isAborting = state === 'Aborting' || state === 'Aborted';
  return [...next[state], ...(beyondStop.has(state) ? [] : (['Stopping'] as const)), ...(isAborting ? [] : (['Aborting'] as const))];
}

/** Whether a machine passes through nothing else between the two: a step that is not allowed shows that a state was not seen. */
export function packmlFollows(from: PackmlState, to: PackmlState): boolean {
  return packmlNext(from).includes(to);
}

/** The states of the shortest way from one state to another, the first apart: what a slowly polled machine has passed through at least. */
export function packmlWay(from: PackmlState, to: PackmlState): readonly PackmlState[] {
  const cameFrom = new Map<PackmlState, PackmlState | undefined>([[from, undefined]]);
  for (const state of cameFrom.keys()) {
    if (state === to) break;
    for (const one of packmlNext(state)) if (!cameFrom.has(one)) cameFrom.set(one, state);
  }
  const way: PackmlState[] = [];
  for (let state: PackmlState | undefined = to; state !== undefined && state !== from; state = cameFrom.get(state)) way.unshift(state);
  return way;
}

/**
 * Maps what a vendor's controller says to PackML by a table: `packmlMap({ 0: 'Stopped', RUN: 'Execute' })`. A code that is not in the table
 * is undefined, to be quarantined, never guessed.
 */
export function packmlMap(table: Readonly<Record<string, PackmlState>>): (code: number | string | boolean) => PackmlState | undefined {
  const states = new Map(Object.entries(table));
  return (code) => states.get(String(code));
}
