import { oeeOf, type Episode } from 'lineshaft';
import type { Effectiveness } from '../contracts/production-variance.ts';

/** What a machine must tell of its order beside its rate. */
export type RunningSlot = 'target' | 'slotStart' | 'produced' | 'defective' | 'executeTime';

/** How well the machine has served its slot so far, with what that is computed from. */
export function effectivenessOf({ window, context }: Episode<RunningSlot>): Effectiveness {
  const [goodQuantity, defective] = [Number(context.produced), Number(context.defective)];
  const inputs = {
    plannedBusyMs: Math.max(0, window.toMs - Date.parse(String(context.slotStart))),
    actualProductionMs: Number(context.executeTime),
    plannedRunMsPerItem: 60_000 / Number(context.target),
    producedQuantity: goodQuantity + defective,
    goodQuantity,
  };
  const { availability, performance, quality, oee } = oeeOf(inputs);
  return {
    ...inputs,
    plannedRunMsPerItem: rounded(inputs.plannedRunMsPerItem),
    ...(availability !== undefined && { availabilityShare: rounded(availability) }),
    ...(performance !== undefined && { performanceShare: rounded(performance) }),
    ...(quality !== undefined && { qualityShare: rounded(quality) }),
    ...(oee !== undefined && { oeeShare: rounded(oee) }),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
