import { defineCapability, schema, Type } from 'lineshaft';
import { instant } from '../instant.ts';
import { purchasing } from '../owners.ts';
import { piece } from '../units.ts';
import { refusal } from './refusal.ts';

const need = schema(
  Type.Object({
    purchaseOrder: Type.String({ minLength: 1 }),
    component: Type.String({ minLength: 1 }),
    order: Type.String({ minLength: 1 }),
    quantity: Type.Integer({ minimum: 0 }),
    neededAt: instant,
  }),
);
const told = schema(Type.Object({ messageId: Type.String({ minLength: 1 }) }));

export const reviseComponentNeed = defineCapability({
  name: 'component-need.revise',
  title: 'Tell a supplier when a component is needed',
  owner: purchasing,
  effect: 'action',
  domain: 'component-needs',
  input: need,
  output: told,
  refusal,
  keys: { purchaseOrder: 'purchaseOrder', component: 'component', order: 'order' },
  entity: 'purchaseOrder',
  units: { input: { quantity: piece } },
});
