import { defineCapability, schema, Type } from 'lineshaft';
import { instant } from '../instant.ts';
import { warehouse } from '../owners.ts';
import { pack } from '../units.ts';
import { refusal } from './refusal.ts';

const order = Type.String({ minLength: 1 });
const quantity = Type.Integer({ minimum: 0 });
const common = { owner: warehouse, domain: 'expected-receipts', keys: { order: 'order' }, entity: 'order', refusal } as const;

const orderOnly = schema(Type.Object({ order }));
const receipt = schema(Type.Object({ order, quantity, expectedAt: instant, revision: Type.Integer({ minimum: 0 }) }));

export const expectedReceipt = defineCapability({
  ...common,
  name: 'expected-receipt',
  title: 'What the warehouse expects from an order',
  effect: 'query',
  input: orderOnly,
  output: receipt,
  units: { output: { quantity: pack } },
});

const wanted = schema(Type.Object({ order, quantity, expectedAt: instant }));

export const reviseExpectedReceipt = defineCapability({
  ...common,
  name: 'expected-receipt.revise',
  title: 'Revise an expected receipt',
  effect: 'action',
  input: wanted,
  output: receipt,
  units: { input: { quantity: pack }, output: { quantity: pack } },
});
