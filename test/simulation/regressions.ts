import type { PlannedFault } from './fault.ts';

/** A play that failed once, and what was wrong. */
export interface Regression {
  readonly name: string;
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
}

type Given = Pick<PlannedFault, 'kind' | 'place' | 'nth' | 'size'> & Partial<PlannedFault>;

function planned(...faults: readonly Given[]): readonly PlannedFault[] {
  return faults.map((fault, id) => ({ id, atMs: 0, after: undefined, ...fault }));
}

export const regressions: readonly Regression[] = [
  {
    name: 'an effect that is being sent is not sent again when a question about its entity is answered meanwhile',
    seed: 14,
    faults: planned({ kind: 'busy-429', place: 'write erp', nth: 2, size: 0.46 }),
  },
  {
    name: 'a clock that is set forth does not make a late commit pass for none',
    seed: 2,
    faults: planned({ kind: 'late-commit', place: 'write cmms', nth: 1, size: 0.6 }, { kind: 'clock-forward', place: 'world', nth: 0, atMs: 2_500, after: 0, size: 0.3 }),
  },
  {
    name: 'of two people who let a step go at the same time one is told that the other was faster',
    seed: 20_296,
    faults: planned(
      { kind: 'late-commit', place: 'write cmms', nth: 1, size: 0.94 },
      { kind: 'crash-after-commit', place: 'after-commit', nth: 120, size: 0.17 },
      { kind: 'late-commit', place: 'write tms', nth: 1, size: 0.97 },
      { kind: 'link-late', place: 'link', nth: 5, size: 0.46 },
      { kind: 'two-operators', place: 'desk', nth: 1, size: 0.16 },
    ),
  },
  {
    name: 'a wait whose senders got time after a start ends when it is due by the clock, also where that was set back meanwhile',
    seed: 3_395,
    faults: planned(
      { kind: 'crash-before-send', place: 'before-send', nth: 18, size: 0.146 },
      { kind: 'clock-back', place: 'world', nth: 0, atMs: 25_654, size: 0.79 },
      { kind: 'link-busy', place: 'link', nth: 2, size: 0.64 },
    ),
  },
];

/** A system that takes a request after the time that its binding declares, and knows no condition: the effect is doubled, which nobody can help. */
export const lyingSystem: Regression = {
  name: 'a system that breaks its word',
  seed: 2,
  faults: planned(
    { kind: 'webhook-late', place: 'webhook', nth: 3, size: 0.5 },
    { kind: 'late-beyond-settling', place: 'write cmms', nth: 1, size: 0.99 },
    { kind: 'store-slow', place: 'commit', nth: 20, size: 0.2 },
  ),
};
