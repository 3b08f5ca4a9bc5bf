/** A value that a machine's state had at a moment; epoch milliseconds. */
export interface StateSample<State extends string = string> {
  readonly state: State;
  readonly atMs: number;
}

/** A stretch of one state. `toMs` is undefined of the one that goes on. */
export interface StateSpan<State extends string = string> {
  readonly state: State;
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** What is remembered between samples: plain JSON. */
export interface StateMemory<State extends string = string> {
  readonly settled: StateSample<State> | undefined;
  /** A state that has not lasted for the dwell yet, since when. */
  readonly coming: StateSample<State> | undefined;
}

export const noStates: StateMemory<never> = { settled: undefined, coming: undefined };

/** A state that has ended, and the one that followed. */
export interface StateChange<State extends string = string> {
  readonly from: StateSpan<State> & { readonly toMs: number };
  readonly to: StateSample<State>;
}

/**
 * Takes one sample in the order of time. A state counts once it has lasted for `dwellMs`, and then from its own beginning; one that lasts
 * shorter is part of the state before it. Pure; a sample that is older than what is known changes nothing.
 */
export function stateAfter<State extends string>(
  memory: StateMemory<State>,
  sample: StateSample<State>,
  dwellMs: number,
): { readonly memory: StateMemory<State>; readonly change: StateChange<State> | undefined } {
  const { settled, coming } = memory;
  if (!settled) return { memory: { settled: sample, coming: undefined }, change: undefined };
  if (sample.atMs < (coming ?? settled).atMs) return { memory, change: undefined };
  // What was coming has lasted until this sample, whatever this one says.
  if (coming && sample.atMs - coming.atMs >= dwellMs) {
    const change = { from: { state: settled.state, fromMs: settled.atMs, toMs: coming.atMs }, to: coming };
    const after = sample.state === coming.state ? undefined : sample;
    if (dwellMs > 0 || !after) return { memory: { settled: coming, coming: after }, change };
  }
  if (sample.state === settled.state) return { memory: { settled, coming: undefined }, change: undefined };
  if (dwellMs > 0) return { memory: { settled, coming: coming?.state === sample.state ? coming : sample }, change: undefined };
  return { memory: { settled: sample, coming: undefined }, change: { from: { state: settled.state, fromMs: settled.atMs, toMs: sample.atMs }, to: sample } };
}

/** The states that samples, in the order of time, amount to; what has not lasted for the dwell at the end is part of the last one. */
export function stateSpans<State extends string>(samples: Iterable<StateSample<State>>, dwellMs: number): readonly StateSpan<State>[] {
  let memory: StateMemory<State> = noStates;
  const spans: StateSpan<State>[] = [];
  for (const sample of samples) {
    const after = stateAfter(memory, sample, dwellMs);
    memory = after.memory;
    if (after.change) spans.push(after.change.from);
  }
  if (memory.settled) spans.push({ state: memory.settled.state, fromMs: memory.settled.atMs, toMs: undefined });
  return spans;
}
