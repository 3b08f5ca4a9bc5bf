import { defineCapability, schema, Type } from 'lineshaft';
import { instant } from '../instant.ts';
import { bremenPackaging } from '../owners.ts';
import { pack } from '../units.ts';
import { refusal } from './refusal.ts';

const order = Type.String({ minLength: 1 });
const revision = Type.Integer({ minimum: 1 });

const dispatch = schema(Type.Object({ order, revision, plannedEnd: instant, quantity: Type.Integer({ minimum: 0 }) }));
const dispatched = schema(Type.Object({ order, revision, plannedEnd: instant }));

export const dispatchWorkOrder = defineCapability({
  name: 'work-order.dispatch',
  title: 'Dispatch a production order to its line',
  owner: bremenPackaging,
  effect: 'action',
  domain: 'dispatch',
  input: dispatch,
  output: dispatched,
  refusal,
  keys: { order: 'order' },
  entity: 'order',
  units: { input: { quantity: pack } },
});
