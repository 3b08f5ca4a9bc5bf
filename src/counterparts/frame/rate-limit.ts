// At most so many in any second.

export interface RateLimit {
  /** False when the second is full already. */
  take(): boolean;
}

export function rateLimit(perSecond: number): RateLimit {
  const taken: number[] = [];
  return {
    take() {
      const now = performance.now();
      while (taken[0] !== undefined && taken[0] <= now - 1_000) taken.shift();
      if (taken.length >= perSecond) return false;
      taken.push(now);
      return true;
    },
  };
}
