// What was heard of signals that are numbers: the last minutes of each, which grow at their end and are let go at their begin.

export interface TrendPoint {
  readonly atMs: number;
  readonly average: number;
  readonly lowest: number;
  readonly highest: number;
  readonly target: number | undefined;
}

/** The last minutes of a signal. Another object after each point, around the same list: nothing is copied for it. */
export interface Trend {
  /** Oldest first. Grows in place: who holds it sees what comes later too. */
  readonly points: readonly TrendPoint[];
}

/** Ten minutes of one signal, a point a second. */
export const pointsMax = 600;
/** Points beyond that before the oldest are let go, all at once: a point costs its own place, and not that of all others. */
export const slackMax = 200;
export const signalsMax = 2_000;

export interface TrendMemory {
  trend(signal: string): Trend | undefined;
  /** Keeps a point that is newer than what is known; false where it was left out. */
  keep(signal: string, point: TrendPoint): boolean;
  /** Puts points to those that are known, wherever they belong; false where all were known. */
  fill(signal: string, points: readonly TrendPoint[]): boolean;
}

export function trendMemory(): TrendMemory {
  const lists = new Map<string, TrendPoint[]>();
  const trends = new Map<string, Trend>();

  function put(signal: string, points: TrendPoint[]): void {
    lists.set(signal, points);
    trends.set(signal, { points });
  }

  return {
    trend: (signal) => trends.get(signal),
    keep(signal, point) {
      const points = lists.get(signal);
      if (!points && lists.size >= signalsMax) return false;
      if (points && (points.at(-1)?.atMs ?? 0) >= point.atMs) return false;
      points?.push(point);
      put(signal, !points ? [point] : points.length > pointsMax + slackMax ? points.slice(-pointsMax) : points);
      return true;
    },
    fill(signal, points) {
      const heard = lists.get(signal) ?? [];
      if (heard.length === 0 && lists.size >= signalsMax) return false;
      const known = new Set(heard.map(({ atMs }) => atMs));
      const missing = points.filter(({ atMs }) => !known.has(atMs));
      if (missing.length === 0) return false;
      put(signal, [...missing, ...heard].toSorted((a, b) => a.atMs - b.atMs).slice(-pointsMax));
      return true;
    },
  };
}
