import { defineCapability, schema, Type, type Static } from 'lineshaft';
import { instant } from '../instant.ts';
import { bremenPackaging } from '../owners.ts';
import { pack, packRate } from '../units.ts';
import { refusal } from './refusal.ts';

const shape = Type.Object({
  order: Type.String({ minLength: 1 }),
  line: Type.String(),
  asset: Type.String(),
  item: Type.String(),
  slotStart: instant,
  slotEnd: instant,
  quantity: Type.Integer({ minimum: 0 }),
  produced: Type.Integer({ minimum: 0 }),
  targetRatePerMin: Type.Number({ minimum: 0 }),
  version: Type.Integer(),
});
export type ProductionSchedule = Static<typeof shape>;
const output = schema(shape);
export const scheduleUnits = { quantity: pack, produced: pack, targetRatePerMin: packRate };
const input = schema(Type.Object({ order: Type.String({ minLength: 1 }) }));

export const productionSchedule = defineCapability({
  name: 'production-schedule',
  title: 'When and where an order is made',
  owner: bremenPackaging,
  effect: 'query',
  domain: 'schedule',
  input,
  output,
  refusal,
  keys: { order: 'order' },
  entity: 'order',
  units: { output: scheduleUnits },
});
