import { expect, test } from 'vitest';
import type { ComponentAnswered } from '../contracts/component-answered.ts';
import { componentDelay, type ComponentDelayInputs } from './component-delay.ts';

const inputs: ComponentDelayInputs = {
  plan: {
    kind: 'revise',
    demand: 32_000,
    shortage: 13_160,
    toleranceShare: 0.02,
    shortages: [],
    moneyAtRisk: '1 EUR',
    plannedEnd: '2026-11-02T21:47:00.000Z',
    receipt: { quantity: 28_800, expectedAt: '2026-11-02T21:47:00.000Z' },
    moves: [
      {
        appointment: 'AP-77',
        shipment: 'SH-77',
        window: { from: '2026-11-02T22:30:00.000Z', to: '2026-11-02T23:30:00.000Z' },
        previous: { from: '2026-11-02T19:30:00.000Z', to: '2026-11-02T20:30:00.000Z' },
      },
    ],
    needs: [
      { component: 'FOIL-80', purchaseOrder: 'PU-1', quantity: 7_200, neededAt: '2026-11-02T18:00:00.000Z', previous: '2026-11-02T16:30:00.000Z' },
      { component: 'CARTON', purchaseOrder: 'PU-2', quantity: 2_400, neededAt: '2026-11-02T19:00:00.000Z', previous: '2026-11-02T17:00:00.000Z' },
    ],
  },
  commitments: {
    version: 5,
    onHand: 8_000,
    commitments: [
      {
        shipment: 'SH-77',
        item: 'COFFEE',
        quantity: 3_000,
        location: 'FG-01',
        promisedAt: '2026-11-02T19:30:00.000Z',
        appointment: 'AP-77',
        window: { from: '2026-11-02T19:30:00.000Z', to: '2026-11-02T20:30:00.000Z' },
      },
    ],
  },
  answers: [],
};

const answer = (component: string, purchaseOrder: string, availableAt: string): ComponentAnswered => ({
  order: 'PO-1',
  component,
  purchaseOrder,
  answer: 'delayed',
  availableAt,
  inReplyTo: 'm-1',
});

test('no answer, and an answer in time, leave the plan', () => {
  expect(componentDelay.decide(inputs)).toEqual({ kind: 'as-planned' });
  expect(componentDelay.decide({ ...inputs, answers: [answer('FOIL-80', 'PU-1', '2026-11-02T18:00:00.000Z'), answer('CARTON', 'PU-2', '2026-11-02T17:30:00.000Z')] })).toEqual({
    kind: 'as-planned',
  });
});

test('the component that comes latest moves the end, the receipt and the dock once more', () => {
  const answers = [answer('FOIL-80', 'PU-1', '2026-11-02T18:40:00.000Z'), answer('CARTON', 'PU-2', '2026-11-02T20:30:00.000Z')];
  expect(componentDelay.decide({ ...inputs, answers })).toEqual({
    kind: 'later',
    delayMinutes: 90,
    plannedEnd: '2026-11-02T23:17:00.000Z',
    receipt: { quantity: 28_800, expectedAt: '2026-11-02T23:17:00.000Z' },
    moves: [
      {
        appointment: 'AP-77',
        shipment: 'SH-77',
        window: { from: '2026-11-03T00:00:00.000Z', to: '2026-11-03T01:00:00.000Z' },
        previous: { from: '2026-11-02T22:30:00.000Z', to: '2026-11-02T23:30:00.000Z' },
      },
    ],
  });
});

test('the last answer for a purchase order counts, and one for another does not', () => {
  const late = answer('FOIL-80', 'PU-1', '2026-11-02T19:00:00.000Z');
  const mended = answer('FOIL-80', 'PU-1', '2026-11-02T18:00:00.000Z');
  expect(componentDelay.decide({ ...inputs, answers: [late, mended] })).toEqual({ kind: 'as-planned' });
  expect(componentDelay.decide({ ...inputs, answers: [answer('FOIL-80', 'PU-9', '2026-11-02T19:00:00.000Z')] })).toEqual({ kind: 'as-planned' });
});
