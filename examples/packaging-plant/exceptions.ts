import { defineException, numberText, type OrderImpact } from 'lineshaft';
import type { Refusal } from './capabilities/refusal.ts';
import { varianceUnits, type VarianceDetected } from './contracts/production-variance.ts';
import { shortagePlanUnits, type ShortagePlan } from './decisions/shortage.ts';
import { bremenPackaging, integration, planning } from './owners.ts';
import { minutes, pack } from './units.ts';

const bottleneckUnits = { variance: varianceUnits, plan: shortagePlanUnits };

/** What was seen and decided: everything that planning needs to go on by hand. */
export interface BottleneckEvidence {
  readonly variance: VarianceDetected;
  readonly plan: ShortagePlan;
}

/** `1,234.50 EUR + 80.00 USD`. */
function moneyText(moneyAtRisk: string): string {
  return moneyAtRisk.split(' ').map(numberText).join(' ');
}

/** The production order itself, and what each customer order lacks because of it. */
function bottleneckImpact({ variance, plan }: BottleneckEvidence): readonly OrderImpact[] {
  const customers = plan.shortages.map(({ customerOrder, short, moneyAtRisk }): OrderImpact => {
    const [amount = '0', unit = ''] = moneyAtRisk.split(' ');
    return { order: customerOrder, quantity: { amount: String(short), unit: pack }, value: { amount, unit } };
  });
  return [{ order: variance.order }, ...customers];
}

export const orderNotRevisable = defineException<BottleneckEvidence & { readonly refusal: Refusal }>({
  name: 'order-not-revisable',
  title: 'A production order could not be revised',
  owner: { it: integration, ot: planning },
  class: 'erp-transaction',
  severity: 'high',
  due: '30m',
  units: bottleneckUnits,
  impact: bottleneckImpact,
  summary: ({ variance, plan, refusal }) => `${variance.order} should end at ${plan.plannedEnd}, but the ERP refused: ${refusal.message} (${refusal.code})`,
  suggestions: ['Look at the order in the ERP: it may be locked, closed, or changed by somebody else.', 'Revise it by hand, then tell the warehouse and the transport desk.'],
});

/** What came of it: also what the supplier's delay adds. */
interface HelpEvidence extends BottleneckEvidence {
  readonly plannedEnd: string;
  /** From the end of the slot to the planned end. */
  readonly etaShiftMinutes: number;
  readonly workRequest: string;
}

export const lineBottleneck = defineException<HelpEvidence>({
  name: 'line-bottleneck',
  title: 'A line stays too slow for its order',
  owner: { it: planning, ot: bremenPackaging },
  class: 'machine-event',
  severity: 'high',
  due: '1h',
  units: { ...bottleneckUnits, etaShiftMinutes: minutes },
  impact: bottleneckImpact,
  summary: ({ variance, plan }) =>
    `${variance.asset} runs at ${Math.round(variance.measuredRatePerMin)} of ${variance.targetRatePerMin} packs per minute: ${variance.order} leaves ${plan.shortages.length} customer orders ${numberText(Math.round(plan.shortage))} packs short, ${moneyText(plan.moneyAtRisk)} at risk`,
  suggestions: [
    'Move part of the order to another line.',
    'Agree on partial or later shipment with the customers that are named.',
    'Ask maintenance about the work request that is named.',
  ],
});

export const dispatchRefused = defineException<{ readonly order: string; readonly revision: number; readonly refusal: Refusal }>({
  name: 'dispatch-refused',
  title: 'The line did not take a released order',
  owner: { it: planning, ot: bremenPackaging },
  class: 'erp-transaction',
  severity: 'high',
  due: '30m',
  summary: ({ order, refusal }) => `The MES refused ${order}: ${refusal.message} (${refusal.code}). Its release was taken back in the ERP`,
  suggestions: ['Plan the order on another line, or release it again when the line is up.'],
});
