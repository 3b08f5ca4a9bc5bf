/** Lets work begin, in the order of asking, while less than the most of it is under way. */
export type AtMost = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function atMost(count: number): AtMost {
  let under = 0;
  const waiting = new Set<() => void>();
  return async (work) => {
    if (under >= count) await new Promise<void>((resolve) => waiting.add(resolve));
    else under += 1;
    try {
      return await work();
    } finally {
      // The place is handed on, so that nobody who asks meanwhile takes it.
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      } else under -= 1;
    }
  };
}
