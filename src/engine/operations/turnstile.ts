/** Lets work on one thing through one at a time, in the order of asking. */
export interface Turnstile {
  pass<Result>(thing: string, work: () => Promise<Result>): Promise<Result>;
}

export function turnstile(): Turnstile {
  const last = new Map<string, Promise<unknown>>();
  return {
    async pass(thing, work) {
      const before = last.get(thing) ?? Promise.resolve();
      const turn = before.then(work, work);
      last.set(thing, turn);
      try {
        return await turn;
      } finally {
        if (last.get(thing) === turn) last.delete(thing);
      }
    },
  };
}
