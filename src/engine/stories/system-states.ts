import type { Landscape } from '../../model/landscape.ts';
import type { StepRecord } from '../../store/store.ts';
import { instant } from './recorded-json.ts';
import { capabilityTitle } from './step-moment.ts';
import type { SystemState } from './story.ts';

/** The last effect on each entity of each system: what it was asked to have, and whether it does. */
export function systemStates(steps: readonly StepRecord[], landscape: Landscape, nowMs: number): readonly SystemState[] {
  const last = new Map<string, StepRecord>();
  for (const step of steps) {
    if (step.kind !== 'effect' || step.status === 'cancelled') continue;
    const place = `${step.system}\u0000${step.name}\u0000${step.entity}`;
    const known = last.get(place);
    if (!known || rank(step) > rank(known)) last.set(place, step);
  }
  return [...last.values()].map((step) => stateOf(step, landscape, nowMs)).sort((a, b) => a.system.localeCompare(b.system) || a.capability.localeCompare(b.capability));
}

/** Effects on an entity are in the order of their intents. */
function rank({ order, issuedMs }: StepRecord): number {
  return order ?? issuedMs;
}

function stateOf(step: StepRecord, landscape: Landscape, nowMs: number): SystemState {
  const atMs = step.endedMs ?? step.issuedMs;
  const system = step.system ?? '';
  return {
    system,
    title: landscape.of('system').get(system)?.title ?? system,
    capability: step.name,
    capabilityTitle: capabilityTitle(step, landscape),
    entity: step.entity ?? '',
    status: step.status,
    revision: step.revision,
    at: instant(atMs),
    ageMs: Math.max(0, nowMs - atMs),
    agrees: step.status === 'done',
  };
}
