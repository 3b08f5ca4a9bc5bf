// What an edge does with a value, as one would write it in a function node or a script: deadband, a sliding average by seconds, and the rule of bench-edge.ts.
export interface FloorJudge {
  received: number;
  /** Values that differ enough from the last one that was passed on. */
  passed: number;
  events: number;
  take(series: string, atMs: number, value: number, isJudged: boolean): void;
}

const [windowS, sustainedMs, limit, deadband, heartbeatMs] = [10, 5_000, 80, 0.5, 10_000];

interface Window {
  readonly buckets: Map<number, { sum: number; count: number }>;
  sum: number;
  count: number;
  second: number;
  sinceMs: number | undefined;
  isOpen: boolean;
}

export function floorJudge(): FloorJudge {
  const last = new Map<string, { value: number; atMs: number }>();
  const windows = new Map<string, Window>();

  function judge(series: string, atMs: number, value: number): void {
    let window = windows.get(series);
    if (!window) windows.set(series, (window = { buckets: new Map(), sum: 0, count: 0, second: 0, sinceMs: undefined, isOpen: false }));
    const second = Math.floor(atMs / 1_000);
    if (second > window.second) {
      window.second = second;
      for (const [begin, { sum, count }] of window.buckets) {
        if (begin > second - windowS) break;
        window.sum -= sum;
        window.count -= count;
        window.buckets.delete(begin);
      }
    }
    let bucket = window.buckets.get(second);
    if (!bucket) window.buckets.set(second, (bucket = { sum: 0, count: 0 }));
    bucket.sum += value;
    bucket.count += 1;
    window.sum += value;
    window.count += 1;
    if (window.sum / window.count >= limit) {
      window.sinceMs = undefined;
      window.isOpen = false;
      return;
    }
    window.sinceMs ??= atMs;
    if (window.isOpen || atMs - window.sinceMs < sustainedMs) return;
    window.isOpen = true;
    floor.events += 1;
  }

  const floor: FloorJudge = {
    received: 0,
    passed: 0,
    events: 0,
    take(series, atMs, value, isJudged) {
      floor.received += 1;
      const before = last.get(series);
      if (!before || Math.abs(value - before.value) >= deadband || atMs - before.atMs >= heartbeatMs) {
        last.set(series, { value, atMs });
        floor.passed += 1;
      }
      if (isJudged) judge(series, atMs, value);
    },
  };
  return floor;
}
