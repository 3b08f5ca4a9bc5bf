import { defineCapability, schema, Type } from 'lineshaft';
import { instant } from '../instant.ts';
import { transport } from '../owners.ts';
import { refusal } from './refusal.ts';

const appointment = Type.String({ minLength: 1 });
const shipment = Type.String({ minLength: 1 });
const window = Type.Object({ from: instant, to: instant });

const move = schema(Type.Object({ appointment, shipment, order: Type.String({ minLength: 1 }), window, reason: Type.String() }));
const moved = schema(Type.Object({ appointment, shipment, window }));

export const moveShipmentWindow = defineCapability({
  name: 'shipment-window.move',
  title: 'Move the dock appointment of a shipment',
  owner: transport,
  effect: 'action',
  domain: 'appointments',
  input: move,
  output: moved,
  refusal,
  keys: { appointment: 'appointment', shipment: 'shipment', order: 'order' },
  entity: 'appointment',
  why: 'The transport service may be down for hours, and the plan holds without its yes: what it answers comes as an event.',
});
