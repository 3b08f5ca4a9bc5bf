import { defineContract, schema, Type } from 'lineshaft';
import { instant } from '../instant.ts';
import { transport } from '../owners.ts';

const moved = schema(
  Type.Object({
    appointment: Type.String({ minLength: 1 }),
    shipment: Type.String({ minLength: 1 }),
    dock: Type.String(),
    windowFrom: instant,
    windowTo: instant,
    reason: Type.Optional(Type.String()),
  }),
);

export const appointmentMoved = defineContract({
  name: 'shipment.appointment.moved',
  version: 1,
  title: 'A dock appointment was moved',
  owner: transport,
  schema: moved,
  keys: { appointment: 'appointment', shipment: 'shipment' },
  examples: [{ appointment: 'AP-77', shipment: 'SH-77', dock: 'D4', windowFrom: '2026-11-02T22:00:00.000Z', windowTo: '2026-11-02T23:00:00.000Z' }],
});
