import type { Landscape } from '../../model/landscape.ts';
import type { RunRecord } from '../../store/store.ts';
import type { RunnerParts } from './runner-parts.ts';

/** What runs act through by the release that they are on: its flows, capabilities and bindings, not those of another. */
export interface RunHomes {
  /** The landscape of a run; the hub's own where the run's release is not at hand: replayed, the run shows whether it fits. */
  of(record: Pick<RunRecord, 'release'>): Landscape;
  partsOf(record: Pick<RunRecord, 'release'>): RunnerParts;
}

export function runHomes(parts: RunnerParts): RunHomes {
  const others = new Map<Landscape, RunnerParts>();
  const of = ({ release }: Pick<RunRecord, 'release'>): Landscape => parts.landscapeOf(release) ?? parts.landscape;
  return {
    of,
    partsOf(record) {
      const landscape = of(record);
      if (landscape === parts.landscape) return parts;
      const known = others.get(landscape) ?? { ...parts, landscape };
      others.set(landscape, known);
      return known;
    },
  };
}
