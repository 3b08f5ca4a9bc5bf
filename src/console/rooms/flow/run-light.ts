// A run's state on the drawing of its flow.
import type { RunDetail, StepView } from '../../../api/runs.ts';

/** What a step of the drawing is doing in one run. */
export interface Light {
  /** A status word that parts/status.tsx knows. */
  readonly status: string;
  /** How often the run took this step. */
  readonly times: number;
  readonly steps: readonly StepView[];
}

/** How pressing a status is: of several takes of one step, the most pressing is shown. */
const pressing: readonly string[] = ['parked', 'expired', 'refused', 'unknown', 'sent', 'buffered', 'waiting', 'cancelled', 'undone', 'timed out', 'came', 'done'];

/** The light of each step of the outline that the run came to, by the step's id. Pure. */
export function lightsOf({ steps }: Pick<RunDetail, 'steps'>): ReadonlyMap<string, Light> {
  const undone = new Set(steps.flatMap(({ id }) => /^undo:(.+)$/.exec(id)?.[1] ?? []));
  const lights = new Map<string, Light>();
  for (const step of steps) {
    for (const place of placesOf(step)) {
      const before = lights.get(place);
      const status = undone.has(step.id) ? 'undone' : statusOf(step);
      lights.set(place, {
        status: before && rank(before.status) < rank(status) ? before.status : status,
        times: (before?.times ?? 0) + 1,
        steps: [...(before?.steps ?? []), step],
      });
    }
  }
  return lights;
}

function placesOf({ outline, outlineOneOf }: StepView): readonly string[] {
  return outline === undefined ? (outlineOneOf ?? []) : [outline];
}

function rank(status: string): number {
  const place = pressing.indexOf(status);
  return place === -1 ? pressing.length : place;
}

/** The word for a recorded step, as a person sees it. */
export function statusOf({ kind, status, output, history }: Pick<StepView, 'kind' | 'status' | 'output' | 'history'>): string {
  if (kind === 'wait' || kind === 'sleep')
    return status === 'open' ? 'waiting' : status === 'done' && kind === 'wait' ? (output === undefined || output === null ? 'timed out' : 'came') : status;
  // Asked for, and behind something else or behind a system that is down.
  if (status === 'open') return history.length > 0 ? 'buffered' : 'waiting';
  return status;
}
