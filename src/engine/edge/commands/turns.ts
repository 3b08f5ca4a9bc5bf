/** A place in a line. */
export interface Turn {
  /** Resolves when nobody is before it. */
  readonly turn: Promise<void>;
  done(): void;
}

/** Lines by name, in each of which one is served at a time, in the order of coming. */
export interface Turns {
  /** Undefined where somebody is served, or waits, and the comer does not. */
  enter(name: string, waits: boolean): Turn | undefined;
}

export function turns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    enter(name, waits) {
      const before = last.get(name);
      if (before && !waits) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      const mine = (before ?? Promise.resolve()).then(async () => promise);
      last.set(name, mine);
      return {
        turn: before ?? Promise.resolve(),
        done() {
          if (last.get(name) === mine) last.delete(name);
          resolve();
        },
      };
    },
  };
}
