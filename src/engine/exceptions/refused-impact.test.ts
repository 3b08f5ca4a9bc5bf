import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { schema } from '../../kernel/schema.ts';
import { defineCapability } from '../../model/capability.ts';
import { defineContract } from '../../model/contract.ts';
import type { ImpactFields } from '../../model/impact.ts';
import { landscapeFrom } from '../../model/landscape.ts';
import { defineOwner } from '../../model/owner.ts';
import { refusedOrders } from './refused-impact.ts';

const owner = defineOwner({ name: 'planning', title: 'Planning', mail: 'planning@acme.example', side: 'it' });
const shape = schema(Type.Object({ order: Type.String(), packs: Type.Number(), worth: Type.String(), currency: Type.String() }));
const nothing = schema(Type.Object({}));
type Fields = ImpactFields<'order' | 'packs' | 'worth' | 'currency'>;
const quantity: Fields = { quantity: { amount: 'packs', unit: '{pack}' } };
const both: Fields = { ...quantity, value: { amount: 'worth', unit: { field: 'currency' } } };

/** What a refused request for 9 packs touches that an event about 40 packs of PO-1 led to. */
function touched(declared: { readonly asked?: Fields; readonly led?: Fields }, order = 'PO-1') {
  const begun = defineContract({
    name: 'begun',
    version: 1,
    title: 'Begun',
    owner,
    schema: shape,
    keys: { order: 'order' },
    examples: [],
    ...(declared.led && { impact: declared.led }),
  });
  const revise = defineCapability({
    name: 'order.revise',
    title: 'Revise',
    owner,
    effect: 'action',
    domain: 'orders',
    input: shape,
    output: nothing,
    refusal: nothing,
    keys: { order: 'order' },
    entity: 'order',
    ...(declared.asked && { impact: declared.asked }),
  });
  const event = { type: 'begun.v1', keys: { order: 'PO-1' }, data: JSON.stringify({ order: 'PO-1', packs: 40, worth: '80.00', currency: 'EUR' }) };
  return refusedOrders(landscapeFrom([begun, revise], 'r1'), 'order.revise', { order, packs: 9, worth: '18.00', currency: 'EUR' }, event);
}

const packs = (amount: string) => ({ amount, unit: '{pack}' });

test('a refused request touches its order, with the amounts that its capability declares', () => {
  expect(touched({ asked: both, led: both })).toEqual([{ order: 'PO-1', quantity: packs('9'), value: { amount: '18.00', unit: 'EUR' } }]);
  expect(touched({ asked: quantity, led: both })).toEqual([{ order: 'PO-1', quantity: packs('9'), value: undefined }]);
});

test('where the capability declares none, those of the event that led to it; where neither does, the order', () => {
  expect(touched({ led: quantity })).toEqual([{ order: 'PO-1', quantity: packs('40'), value: undefined }]);
  expect(touched({})).toEqual([{ order: 'PO-1', quantity: undefined, value: undefined }]);
});

test('a request for another order touches both, and the same goods count once', () => {
  expect(touched({ asked: quantity, led: quantity }, 'PO-2')).toEqual([{ order: 'PO-1' }, { order: 'PO-2', quantity: packs('9'), value: undefined }]);
  expect(touched({ led: quantity }, 'PO-2')).toEqual([{ order: 'PO-1', quantity: packs('40'), value: undefined }, { order: 'PO-2' }]);
});
