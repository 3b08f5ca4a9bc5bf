import { defineContract, schema, Type, type Static } from 'lineshaft';
import { instant } from '../instant.ts';
import { purchasing } from '../owners.ts';

const shape = Type.Object({
  order: Type.String({ minLength: 1 }),
  purchaseOrder: Type.String({ minLength: 1 }),
  component: Type.String({ minLength: 1 }),
  answer: Type.Union([Type.Literal('confirmed'), Type.Literal('delayed')]),
  availableAt: instant,
  inReplyTo: Type.String({ description: 'The message that is answered.' }),
});
export type ComponentAnswered = Static<typeof shape>;
const answered = schema(shape);

export const componentAnswered = defineContract({
  name: 'component.answered',
  version: 1,
  title: 'A supplier has answered when a component comes',
  owner: purchasing,
  schema: answered,
  keys: { order: 'order', purchaseOrder: 'purchaseOrder', component: 'component' },
  examples: [
    { order: 'PO-4711', purchaseOrder: 'PU-3301', component: 'FOIL-80', answer: 'delayed', availableAt: '2026-11-02T19:00:00.000Z', inReplyTo: 'run-1/component-need.revise:1' },
    { order: 'PO-4711', purchaseOrder: 'PU-3301', component: 'FOIL-80', answer: 'confirmed', availableAt: '2026-11-02T17:00:00.000Z', inReplyTo: 'run-1/component-need.revise:1' },
  ],
});
