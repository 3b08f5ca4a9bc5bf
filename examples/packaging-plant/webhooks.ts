import { defineWebhook, parse, schema, Type } from 'lineshaft';
import { appointmentMoved } from './contracts/appointment-moved.ts';
import { componentAnswered, type ComponentAnswered } from './contracts/component-answered.ts';
import { productionConfirmed } from './contracts/production-confirmed.ts';
import { mes, supplier, tms } from './systems.ts';

const kind = schema(Type.Object({ id: Type.String({ minLength: 1 }), type: Type.String() }));

const answer = schema(Type.Object({ order: Type.String(), purchaseOrder: Type.String(), component: Type.String(), availableAt: Type.String(), inReplyTo: Type.String() }));

export const supplierAnswer = defineWebhook({
  name: 'supplier-answer',
  system: supplier,
  contract: componentAnswered,
  map(body) {
    const { id, type } = parse(kind, body, "The supplier's message");
    if (type !== 'component.confirmed' && type !== 'component.delayed') return undefined;
    const { order, purchaseOrder, component, availableAt, inReplyTo } = parse(answer, body, "The supplier's answer");
    const data: ComponentAnswered = { order, purchaseOrder, component, answer: type === 'component.delayed' ? 'delayed' : 'confirmed', availableAt, inReplyTo };
    return { id, data };
  },
});

const window = Type.Object({ from: Type.String(), to: Type.String() });
const move = schema(
  Type.Object({ appointment: Type.String(), shipment: Type.String(), dock: Type.String(), window, reason: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
);

export const tmsAppointment = defineWebhook({
  name: 'tms-appointment',
  system: tms,
  contract: appointmentMoved,
  map(body) {
    const { id, type } = parse(kind, body, "The transport service's message");
    if (type !== 'appointment.moved') return undefined;
    const { appointment, shipment, dock, window: moved, reason } = parse(move, body, 'The moved appointment');
    return { id, data: { appointment, shipment, dock, windowFrom: moved.from, windowTo: moved.to, ...(typeof reason === 'string' && { reason }) } };
  },
});

const confirmation = schema(Type.Object({ order: Type.String(), asset: Type.String(), good: Type.Integer(), scrap: Type.Integer(), at: Type.String() }));

export const mesConfirmation = defineWebhook({
  name: 'mes-confirmation',
  system: mes,
  contract: productionConfirmed,
  map(body) {
    const { id, type } = parse(kind, body, "The MES's message");
    if (type !== 'production.confirmed') return undefined;
    const { order, asset, good, scrap, at } = parse(confirmation, body, 'The confirmation');
    return { id, data: { order, asset, good, scrap, at } };
  },
});
