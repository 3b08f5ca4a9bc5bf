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
  await Promise.race([lanes, passed(effort.warmMs)]);
  times = [];
  const before = { ms: performance.now(), cpuMs: cpuMsOf(process.pid) };
  await Promise.race([lanes, passed(effort.measureMs)]);
  const measured = times;
  const after = { ms: performance.now(), cpuMs: cpuMsOf(process.pid) };
  times = [];
  stopping = true;
  await lanes;
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
