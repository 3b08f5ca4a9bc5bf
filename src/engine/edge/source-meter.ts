import type { Clock } from '../../kernel/clock.ts';
import type { NumberColumns, RawSample } from '../../model/source.ts';

/** What comes from a source, measured. Times are epoch milliseconds, by the edge's clock where nothing else is said. */
export interface SourceFigures {
  /** Values since the edge started. */
  readonly received: number;
  /** Values a second, over the last ten seconds. */
  readonly perSecond: number;
  /** When the last value came, and the time that the source gave the newest one. */
  readonly lastMs: number | undefined;
  readonly newestMs: number | undefined;
  /**
   * From the source's time of a value to its arrival, mean and most of the last ten seconds, as the two clocks say; of a value that is
   * ahead of its arrival, 0. Undefined while nothing comes.
   */
  readonly lagMs: number | undefined;
  readonly lagMostMs: number | undefined;
  /** The most that a value of the last ten seconds was ahead of its arrival: its clock is ahead by this at least. Undefined where none was. */
  readonly aheadMostMs: number | undefined;
  /** Values that came late from a device's own memory, when the last of them came, and the source's times of the first and last of that bunch. */
  readonly recovered: number;
  readonly recoveredMs: number | undefined;
  readonly recoveredFromMs: number | undefined;
  readonly recoveredToMs: number | undefined;
}

/** Counts what comes from one source. */
export interface SourceMeter {
  note(batch: readonly RawSample[]): void;
  noteNumbers(columns: NumberColumns): void;
  figures(): SourceFigures;
}

const secondsMax = 10;
/** Recovered values that come closer together than this are one bunch. */
const bunchMs = 10_000;

interface Second {
  second: number;
  values: number;
  timed: number;
  lagSumMs: number;
  lagMostMs: number;
  aheadMostMs: number;
}

const nothing = { values: 0, timed: 0, lagSumMs: 0, lagMostMs: 0, aheadMostMs: 0 } as const;

export function sourceMeter(clock: Clock): SourceMeter {
  const ring = Array.from({ length: secondsMax }, (): Second => ({ second: -1, ...nothing }));
  let [received, recovered] = [0, 0];
  let [lastMs, newestMs, recoveredMs, recoveredFromMs, recoveredToMs]: (number | undefined)[] = [];

  function secondAt(nowMs: number): Second | undefined {
    const second = Math.floor(nowMs / 1_000);
    const slot = ring[second % secondsMax];
    if (slot && slot.second !== second) Object.assign(slot, { second, ...nothing });
    return slot;
  }

  function recover(atMs: number, nowMs: number): void {
    const isNext = recoveredMs !== undefined && nowMs - recoveredMs <= bunchMs;
    recovered += 1;
    recoveredFromMs = isNext ? Math.min(recoveredFromMs ?? atMs, atMs) : atMs;
    recoveredToMs = isNext ? Math.max(recoveredToMs ?? atMs, atMs) : atMs;
    recoveredMs = nowMs;
  }

  return {
    note(batch) {
      if (batch.length === 0) return;
      const nowMs = clock.now();
      const slot = secondAt(nowMs);
      received += batch.length;
      lastMs = nowMs;
      if (slot) slot.values += batch.length;
      for (const { atMs, historical } of batch) {
        if (!Number.isFinite(atMs)) continue;
        if (historical === true) {
          recover(atMs, nowMs);
          continue;
        }
        if (newestMs === undefined || atMs > newestMs) newestMs = atMs;
        if (!slot) continue;
        const lag = nowMs - atMs;
        slot.timed += 1;
        if (lag > 0) slot.lagSumMs += lag;
        if (lag > slot.lagMostMs) slot.lagMostMs = lag;
        if (-lag > slot.aheadMostMs) slot.aheadMostMs = -lag;
      }
    },
    noteNumbers({ count, times }) {
      if (count === 0) return;
      const nowMs = clock.now();
      const slot = secondAt(nowMs);
      received += count;
      lastMs = nowMs;
      let newest = newestMs ?? -Infinity;
      let [lagSumMs, lagMostMs, aheadMostMs] = [0, 0, 0];
      for (let row = 0; row < count; row++) {
        const atMs = times[row] ?? 0;
        const lag = nowMs - atMs;
        if (lag > 0) lagSumMs += lag;
        if (lag > lagMostMs) lagMostMs = lag;
        if (-lag > aheadMostMs) aheadMostMs = -lag;
        if (atMs > newest) newest = atMs;
      }
      newestMs = newest;
      if (!slot) return;
      slot.values += count;
      slot.timed += count;
      slot.lagSumMs += lagSumMs;
      if (lagMostMs > slot.lagMostMs) slot.lagMostMs = lagMostMs;
      if (aheadMostMs > slot.aheadMostMs) slot.aheadMostMs = aheadMostMs;
    },
    figures() {
      const nowSecond = Math.floor(clock.now() / 1_000);
      // The second that runs is not over: it counts for what came late, not for the rate.
      const recent = ring.filter(({ second }) => second > nowSecond - secondsMax && second <= nowSecond);
      const over = recent.filter(({ second }) => second < nowSecond);
      const timed = recent.reduce((sum, each) => sum + each.timed, 0);
      return {
        received,
        perSecond: over.reduce((sum, { values }) => sum + values, 0) / (secondsMax - 1),
        lastMs,
        newestMs,
        lagMs: timed === 0 ? undefined : Math.round(recent.reduce((sum, { lagSumMs }) => sum + lagSumMs, 0) / timed),
        lagMostMs: timed === 0 ? undefined : Math.max(...recent.map(({ lagMostMs }) => lagMostMs)),
        aheadMostMs: Math.max(0, ...recent.map(({ aheadMostMs }) => aheadMostMs)) || undefined,
        recovered,
        recoveredMs,
        recoveredFromMs,
        recoveredToMs,
      };
    },
  };
}
