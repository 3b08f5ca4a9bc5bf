import { accepted, defineBinding, schema, Type, type EffectIdentity } from 'lineshaft';
import { noteMaintenance, requestMaintenance } from '../capabilities/maintenance.ts';
import { cmmsSettles } from '../limits.ts';
import { cmms } from '../systems.ts';
import { answerOf, bodyOf } from './answer.ts';

const created = schema(Type.Object({ id: Type.String({ minLength: 1 }) }));
const found = schema(Type.Array(Type.Object({ id: Type.String({ minLength: 1 }), notes: Type.Array(Type.Object({ text: Type.String() })) })));
const nothing = schema(Type.Object({}));

/** The CMMS knows no idempotency key and makes a new request of every POST; our reference in it is how we find it again. */
export const cmmsRequestMaintenance = defineBinding({
  capability: requestMaintenance,
  system: cmms,
  guarantee: {
    kind: 'read-back',
    settlesWithin: cmmsSettles,
    conditional: false,
    confirms: true,
    request: (_input, effect) => ({ method: 'GET', path: '/api/work-requests', query: { externalRef: effect.key } }),
    found(reply) {
      const ours = bodyOf(reply, found)[0];
      return ours ? accepted({ workRequest: ours.id }) : 'absent';
    },
  },
  request: ({ asset, title, description, priority }, effect) => ({
    method: 'POST',
    path: '/api/work-requests',
    body: { asset, title, description, priority, externalRef: effect.key },
  }),
  reply: (reply) => answerOf(reply, created, ({ id }) => ({ workRequest: id })),
});

const signed = (text: string, effect: EffectIdentity): string => `${text} (ref ${effect.key})`;

/** Notes have no reference of their own: it is written at their end. */
export const cmmsNoteMaintenance = defineBinding({
  capability: noteMaintenance,
  system: cmms,
  guarantee: {
    kind: 'read-back',
    settlesWithin: cmmsSettles,
    conditional: false,
    request: ({ asset }) => ({ method: 'GET', path: '/api/work-requests', query: { asset } }),
    found(reply, { workRequest, text }, effect) {
      const notes = bodyOf(reply, found).find(({ id }) => id === workRequest)?.notes ?? [];
      return notes.some((note) => note.text === signed(text, effect)) ? accepted({ workRequest }) : 'absent';
    },
  },
  request: ({ workRequest, text }, effect) => ({ method: 'POST', path: `/api/work-requests/${encodeURIComponent(workRequest)}/notes`, body: { text: signed(text, effect) } }),
  reply: (reply, { workRequest }) => answerOf(reply, nothing, () => ({ workRequest })),
});
