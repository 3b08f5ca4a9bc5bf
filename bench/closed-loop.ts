import { cpuMsOf } from './process-tree.ts';
import type { Effort } from './question.ts';
import { quantile } from './spread.ts';

/** What a closed loop did: `done` counts everything, warm-up and tail included, so that it can be found again afterwards. */
export interface LoopResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly cpuMs: number | undefined;
  readonly done: number;
}

const roundsMaxMs = 60_000;

/** Keeps `inFlight` pieces of work under way: each ends before its place is taken again. Counts those that end in the measured time. */
export async function closedLoop(inFlight: number, effort: Effort, work: (number: number) => Promise<void>): Promise<LoopResult> {
  let started = 0;
  let done = 0;
  let times: number[] = [];
  let stopping = false;
  const lane = async (): Promise<void> => {
    while (!stopping) {
      const from = performance.now();
      started += 1;
      await work(started);
      times.push(performance.now() - from);
      done += 1;
    }
  };
  const lanes = Promise.all(Array.from({ length: inFlight }, lane));
  /** At least `ms`, and at least two rounds of what is in flight: slow sides end in waves, and a part of a wave says nothing. */
  const rounds = async (ms: number): Promise<void> => {
    const enough = done + 2 * inFlight;
    await Promise.race([lanes, passed(ms)]);
    for (const until = performance.now() + roundsMaxMs; done < enough && performance.now() < until;) await Promise.race([lanes, passed(5)]);
  };
  await rounds(effort.warmMs);
  times = [];
  const before = { ms: performance.now(), cpuMs: cpuMsOf(process.pid) };
  await rounds(effort.measureMs);
  const measured = times;
  const after = { ms: performance.now(), cpuMs: cpuMsOf(process.pid) };
  times = [];
  stopping = true;
  await lanes;
  if (measured.length === 0) throw new Error(`nothing ended in ${effort.measureMs} ms`);
  return {
    perSecond: measured.length / ((after.ms - before.ms) / 1000),
    p50Ms: quantile(measured, 0.5),
    cpuMs: before.cpuMs === undefined || after.cpuMs === undefined ? undefined : (after.cpuMs - before.cpuMs) / measured.length,
    done,
  };
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
