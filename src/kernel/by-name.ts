import { Fault } from './errors.ts';

/** What is known by name: of so many names, and with one change of each at a time. */
export interface ByName<Known> {
  /** What is known of a name, begun where nothing is. Raises OVERLOADED. */
  of(name: string): Known;
  /** Does the work when what was asked for this name before is over, however it ended. Raises OVERLOADED and what the work raises. */
  inLine<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

export interface ByNameOptions<Known> {
  /** Whose names they are, e.g. `edges`. */
  readonly what: string;
  readonly namesMax: number;
  begin(): Known;
}

export function byName<Known>({ what, namesMax, begin }: ByNameOptions<Known>): ByName<Known> {
  const entries = new Map<string, { readonly known: Known; line: Promise<unknown> }>();

  function entry(name: string) {
    const there = entries.get(name);
    if (there) return there;
    if (entries.size >= namesMax) throw new Fault('OVERLOADED', `This hub knows ${namesMax} ${what}; "${name.slice(0, 100)}" is one more.`, { namesMax });
    const fresh = { known: begin(), line: Promise.resolve<unknown>(undefined) };
    entries.set(name, fresh);
    return fresh;
  }

  return {
    of: (name) => entry(name).known,
    async inLine(name, work) {
      const own = entry(name);
      const mine = own.line.then(work);
      own.line = mine.catch(() => undefined); // who asked is told
      return mine;
    },
  };
}
