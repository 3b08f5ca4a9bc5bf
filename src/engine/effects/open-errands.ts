import { ChurnMap } from '../../kernel/churn-map.ts';
import { errandKey, type Errand } from './errand.ts';

/**
 * The errands that have not ended. Effects lie by run, whose id is one text for all its steps: a key of each step costs
 * 1.3 µs instead of 0.3 a step. Queries lie by key, since all that callers of the API ask for is of one run.
 */
export interface OpenErrands {
  readonly size: number;
  add(errand: Errand): void;
  has(errand: Errand): boolean;
  delete(errand: Errand): void;
  find(run: string, step: string): Errand | undefined;
  /** Effects of a run, oldest first. */
  ofRun(run: string): readonly Errand[];
  /** Run by run, oldest first. */
  all(): readonly Errand[];
}

export function openErrands(): OpenErrands {
  const places = new ChurnMap<Errand[]>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(errand) {
      const place = placeOf(errand);
      const there = places.get(place);
      if (there) there.push(errand);
      else places.set(place, [errand]);
      size += 1;
    },
    has: (errand) => places.get(placeOf(errand))?.includes(errand) ?? false,
    delete(errand) {
      const place = placeOf(errand);
      const there = places.get(place);
      const index = there?.indexOf(errand) ?? -1;
      if (there === undefined || index < 0) return;
      if (there.length === 1) places.delete(place);
      else there.splice(index, 1);
      size -= 1;
    },
    find: (run, step) => places.get(run)?.find((errand) => errand.step === step) ?? places.get(errandKey(run, step))?.[0],
    ofRun: (run) => [...(places.get(run) ?? [])],
    all: () => places.values().flat(),
  };
}

function placeOf(errand: Errand): string {
  return errand.query ? errand.key : errand.run;
}
