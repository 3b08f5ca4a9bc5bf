import { defineBinding, schema, Type } from 'lineshaft';
import { moveShipmentWindow } from '../capabilities/shipment-window.ts';
import { tms } from '../systems.ts';
import { answerOf } from './answer.ts';

const appointment = schema(Type.Object({ id: Type.String(), shipment: Type.String(), window: Type.Object({ from: Type.String(), to: Type.String() }) }));

export const tmsMoveShipmentWindow = defineBinding({
  capability: moveShipmentWindow,
  system: tms,
  guarantee: { kind: 'idempotency-key' },
  request: (move, effect) => ({
    method: 'POST',
    path: `/v1/appointments/${encodeURIComponent(move.appointment)}/move`,
    idempotencyKey: effect.key,
    body: { window: move.window, revision: effect.revision, reason: move.reason },
  }),
  reply: (reply) => answerOf(reply, appointment, ({ id, shipment, window }) => ({ appointment: id, shipment, window })),
});
