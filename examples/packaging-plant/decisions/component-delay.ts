import { defineDecision } from 'lineshaft';
import { commitmentUnits, type WarehouseCommitments } from '../capabilities/warehouse-commitments.ts';
import type { ComponentAnswered } from '../contracts/component-answered.ts';
import { fullMinute } from '../instant.ts';
import { planning } from '../owners.ts';
import { minutes, pack } from '../units.ts';
import { dockMoves, type DockMove } from './dock-moves.ts';
import { shortagePlanUnits, type ShortagePlan } from './shortage.ts';

export interface ComponentDelayInputs {
  readonly plan: ShortagePlan;
  readonly commitments: WarehouseCommitments;
  readonly answers: readonly ComponentAnswered[];
}

export type ComponentDelayPlan =
  | { readonly kind: 'as-planned' }
  | {
      readonly kind: 'later';
      readonly delayMinutes: number;
      readonly plannedEnd: string;
      readonly receipt: { readonly quantity: number; readonly expectedAt: string };
      readonly moves: readonly DockMove[];
    };

/** Weighs what suppliers have answered: the component that comes latest holds back the rest of the order. */
export const componentDelay = defineDecision({
  name: 'packaging.component-delay',
  version: 1,
  title: 'What a late component means for a revised order',
  owner: planning,
  units: {
    input: { plan: shortagePlanUnits, commitments: commitmentUnits },
    output: { delayMinutes: minutes, receipt: { quantity: pack } },
  },
  decide({ plan, commitments, answers }: ComponentDelayInputs): ComponentDelayPlan {
    const delayMs = Math.max(0, ...plan.needs.map((need) => lateMs(need, answers)));
    if (delayMs === 0) return { kind: 'as-planned' };
    const plannedEnd = fullMinute(Date.parse(plan.plannedEnd) + delayMs);
    return {
      kind: 'later',
      delayMinutes: Math.ceil(delayMs / 60_000),
      plannedEnd,
      receipt: { quantity: plan.receipt.quantity, expectedAt: plannedEnd },
      moves: dockMoves(afterPlan(plan, commitments), plannedEnd),
    };
  },
});

/** How long after its (later) need a component comes; the last answer counts. Milliseconds. */
function lateMs(need: ShortagePlan['needs'][number], answers: readonly ComponentAnswered[]): number {
  const answer = answers.findLast(({ component, purchaseOrder }) => component === need.component && purchaseOrder === need.purchaseOrder);
  return answer ? Math.max(0, Date.parse(answer.availableAt) - Date.parse(need.neededAt)) : 0;
}

/** The commitments with the windows that the plan has given them. */
function afterPlan({ moves }: ShortagePlan, { commitments }: WarehouseCommitments): Parameters<typeof dockMoves>[0] {
  return {
    commitments: commitments.map((commitment) => ({ ...commitment, window: moves.find(({ appointment }) => appointment === commitment.appointment)?.window ?? commitment.window })),
  };
}
