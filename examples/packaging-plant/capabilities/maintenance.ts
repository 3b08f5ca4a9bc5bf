import { defineCapability, schema, Type } from 'lineshaft';
import { maintenance } from '../owners.ts';
import { refusal } from './refusal.ts';

const asset = Type.String({ minLength: 1 });
const workRequest = Type.String({ minLength: 1 });
const common = { owner: maintenance, effect: 'action', domain: 'work-requests', refusal } as const;

const request = schema(
  Type.Object({
    asset,
    order: Type.String({ minLength: 1 }),
    title: Type.String({ minLength: 1 }),
    description: Type.String(),
    priority: Type.Union([Type.Literal('normal'), Type.Literal('high')]),
  }),
);
const requested = schema(Type.Object({ workRequest }));

export const requestMaintenance = defineCapability({
  ...common,
  name: 'maintenance.request',
  title: 'Request maintenance of an asset',
  input: request,
  output: requested,
  keys: { asset: 'asset', order: 'order' },
  entity: 'asset',
});

const note = schema(Type.Object({ workRequest, asset, text: Type.String({ minLength: 1 }) }));
const noted = schema(Type.Object({ workRequest }));

export const noteMaintenance = defineCapability({
  ...common,
  name: 'maintenance.note',
  title: 'Add a note to a work request',
  input: note,
  output: noted,
  keys: { workRequest: 'workRequest', asset: 'asset' },
  entity: 'workRequest',
});
