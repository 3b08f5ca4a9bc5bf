// How many requests a system was asked, by route, and how many a second lately. Control requests are not counted.

export interface RequestStats {
  count(route: string): void;
  reset(): void;
  shown(): { readonly requests: number; readonly byRoute: Record<string, number>; readonly rps: number };
}

/** `rps` is the average over this many full seconds, or as many as there were since the first request. */
const windowS = 10;

export function requestStats(): RequestStats {
  const byRoute = new Map<string, number>();
  const bySecond = new Map<number, number>();
  let requests = 0;
  let firstSecond: number | undefined;
  return {
    count(route) {
      requests += 1;
      byRoute.set(route, (byRoute.get(route) ?? 0) + 1);
      const second = Math.floor(performance.now() / 1_000);
      firstSecond ??= second;
      bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
      for (const old of bySecond.keys()) if (old < second - windowS) bySecond.delete(old);
    },
    reset() {
      requests = 0;
      firstSecond = undefined;
      byRoute.clear();
      bySecond.clear();
    },
    shown() {
      const now = Math.floor(performance.now() / 1_000);
      const recent = [...bySecond].filter(([second]) => second >= now - windowS && second < now).reduce((sum, [, count]) => sum + count, 0);
      return { requests, byRoute: Object.fromEntries(byRoute), rps: recent / Math.min(windowS, Math.max(1, now - (firstSecond ?? now))) };
    },
  };
}
