import { Fault } from './errors.ts';

/** What is known by name: of so many names, and with one change of each at a time. */
export interface ByName<Known> {
  /** What is known of a name, begun where nothing is. Raises OVERLOADED. */
  of(name: string): Known;
  /** The same for who only asks: what is begun for that is not kept, and takes no room. */
  look(name: string): Known;
  /** Does the work when what was asked for this name before is over, however it ended. Raises what the work raises. */
  inLine<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

export interface ByNameOptions<Known> {
  /** Whose names they are, e.g. `edges`. */
  readonly what: string;
  readonly namesMax: number;
  begin(): Known;
}

export function byName<Known>({ what, namesMax, begin }: ByNameOptions<Known>): ByName<Known> {
  const entries = new Map<string, Known>();
  /** The last work of each name that is under way. */
  const lines = new Map<string, Promise<unknown>>();

  return {
    of(name) {
      const there = entries.get(name);
      if (there) return there;
      if (entries.size >= namesMax) throw new Fault('OVERLOADED', `This hub knows ${namesMax} ${what}; "${name.slice(0, 100)}" is one more.`, { namesMax });
      const fresh = begin();
      entries.set(name, fresh);
      return fresh;
    },
    look: (name) => entries.get(name) ?? begin(),
    async inLine(name, work) {
      const mine = (lines.get(name) ?? Promise.resolve()).then(work);
      const over = mine.then(
        () => undefined,
        () => undefined, // who asked is told
      );
      lines.set(name, over);
      void over.then(() => lines.get(name) === over && lines.delete(name));
      return mine;
    },
  };
}
