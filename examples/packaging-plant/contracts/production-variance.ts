import { defineContract, schema, Type, type Static } from 'lineshaft';
import { instant } from '../instant.ts';
import { bremenPackaging, integration } from '../owners.ts';
import { minutes, pack, packRate } from '../units.ts';

const about = {
  order: Type.String({ minLength: 1 }),
  item: Type.String({ minLength: 1 }),
  asset: Type.String({ minLength: 1 }),
  line: Type.String({ minLength: 1 }),
  /** The same in the event that detects and the one that clears. */
  episode: Type.String({ minLength: 1 }),
};

/** Overall equipment effectiveness (ISO 22400-2) from the beginning of the slot to the end of the window: what it was computed from, and its parts. */
const effectivenessShape = Type.Object({
  plannedBusyMs: Type.Number({ minimum: 0, description: 'From the beginning of the slot to the end of the window.' }),
  actualProductionMs: Type.Number({ minimum: 0, description: 'Of that, how long the machine was in Execute, by its own count.' }),
  plannedRunMsPerItem: Type.Number({ minimum: 0, description: 'A minute ÷ target rate.' }),
  producedQuantity: Type.Number({ minimum: 0, description: 'Good or not.' }),
  goodQuantity: Type.Number({ minimum: 0 }),
  availabilityShare: Type.Optional(Type.Number({ description: 'Actual production time ÷ planned busy time.' })),
  performanceShare: Type.Optional(Type.Number({ description: 'Planned run time of what was produced ÷ actual production time.' })),
  qualityShare: Type.Optional(Type.Number({ description: 'Good ÷ produced.' })),
  oeeShare: Type.Optional(Type.Number({ description: 'Their product.' })),
});
export type Effectiveness = Static<typeof effectivenessShape>;

const detectedShape = Type.Object({
  ...about,
  since: instant,
  measuredRatePerMin: Type.Number({ minimum: 0 }),
  targetRatePerMin: Type.Number({ exclusiveMinimum: 0 }),
  state: Type.Optional(Type.String({ description: 'PackML state of the machine then: whether it runs too slowly, or does not run.' })),
  remaining: Type.Number({ minimum: 0, description: 'What the order still lacks.' }),
  slotEnd: instant,
  quantityAtRisk: Type.Number({ minimum: 0, description: '(target − measured rate) × minutes left in the slot.' }),
  etaShiftMinutes: Type.Number({ description: 'remaining ÷ measured rate − minutes left in the slot; at most a week.' }),
  etaShiftLowMinutes: Type.Number({ description: 'The same at the upper end of the rate (95 % interval of the window).' }),
  etaShiftHighMinutes: Type.Number({ description: 'The same at the lower end of the rate.' }),
  windowFrom: instant,
  windowTo: instant,
  windowSamples: Type.Integer({ minimum: 1 }),
  effectiveness: Type.Optional(effectivenessShape),
  limitsVersion: Type.Optional(Type.String({ description: 'Of the limits that the rule judged by.' })),
});
export type VarianceDetected = Static<typeof detectedShape>;
const detected = schema(detectedShape);
export const varianceUnits = {
  measuredRatePerMin: packRate,
  targetRatePerMin: packRate,
  remaining: pack,
  quantityAtRisk: pack,
  etaShiftMinutes: minutes,
  etaShiftLowMinutes: minutes,
  etaShiftHighMinutes: minutes,
  windowSamples: '{sample}',
  effectiveness: { plannedBusyMs: 'ms', actualProductionMs: 'ms', plannedRunMsPerItem: `ms/${pack}`, producedQuantity: pack, goodQuantity: pack },
};

export const varianceDetected = defineContract({
  name: 'production.variance.detected',
  version: 1,
  title: 'A line produces less than planned',
  owner: { it: integration, ot: bremenPackaging },
  schema: detected,
  keys: { order: 'order', item: 'item', asset: 'asset', line: 'line', episode: 'episode' },
  units: varianceUnits,
  impact: { quantity: { amount: 'quantityAtRisk', unit: pack } },
  examples: [
    {
      order: 'PO-4711',
      item: 'COFFEE-500G',
      asset: 'packer-3',
      line: 'line-1',
      episode: 'e-1',
      since: '2026-11-02T14:22:00.000Z',
      measuredRatePerMin: 66,
      targetRatePerMin: 120,
      state: 'Execute',
      remaining: 28_800,
      slotEnd: '2026-11-02T18:30:00.000Z',
      quantityAtRisk: 12_960,
      etaShiftMinutes: 196.364,
      etaShiftLowMinutes: 189.8,
      etaShiftHighMinutes: 203.2,
      windowFrom: '2026-11-02T14:25:00.000Z',
      windowTo: '2026-11-02T14:30:00.000Z',
      windowSamples: 300,
      effectiveness: {
        plannedBusyMs: 7_200_000,
        actualProductionMs: 6_480_000,
        plannedRunMsPerItem: 500,
        producedQuantity: 11_400,
        goodQuantity: 11_286,
        availabilityShare: 0.9,
        performanceShare: 0.88,
        qualityShare: 0.99,
        oeeShare: 0.784,
      },
    },
  ],
});

const clearedShape = Type.Object({ ...about, at: instant });
export type VarianceCleared = Static<typeof clearedShape>;
const cleared = schema(clearedShape);

export const varianceCleared = defineContract({
  name: 'production.variance.cleared',
  version: 1,
  title: 'A line produces as planned again',
  owner: { it: integration, ot: bremenPackaging },
  schema: cleared,
  keys: { order: 'order', item: 'item', asset: 'asset', line: 'line', episode: 'episode' },
  examples: [{ order: 'PO-4711', item: 'COFFEE-500G', asset: 'packer-3', line: 'line-1', episode: 'e-1', at: '2026-11-02T14:52:00.000Z' }],
});
