import type { Family } from './exposition.ts';

/** A count by labels that only grows while the process lives. */
export interface Tally {
  add(values: readonly string[], by?: number): void;
  family(): Family;
}

/** Beyond this many different label values, further ones are counted together as `other`. */
const seriesMax = 1_000;

export function tally(name: string, help: string, labels: readonly string[]): Tally {
  const series = new Map<string, { readonly values: readonly string[]; value: number }>();
  const others = labels.map(() => 'other');

  function find(values: readonly string[]): { value: number } {
    const key = values.join('\u0000');
    const known = series.get(key);
    if (known) return known;
    if (series.size >= seriesMax && values !== others) return find(others);
    const made = { values, value: 0 };
    series.set(key, made);
    return made;
  }

  return {
    add(values, by = 1) {
      find(values).value += by;
    },
    family: () => ({
      name,
      help,
      type: 'counter',
      samples: [...series.values()].map(({ values, value }) => ({ labels: Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])), value })),
    }),
  };
}
