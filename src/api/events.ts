import { Type } from 'typebox';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import { eventType } from '../model/contract.ts';
import type { EventRecord } from '../store/store.ts';
import type { SignatureBook } from '../engine/log/signature-book.ts';
import type { Engine } from '../engine/engine.ts';
import type { EdgeRegister } from '../engine/edges/edge-register.ts';
import { eventsIn } from './cloud-event-message.ts';
import { limit, name } from './field.ts';
import { eventView } from './event-view.ts';
import { admitSender } from './own-name.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

const bytesMax = 4 * 1024 * 1024;

const taken = schema(
  Type.Object({
    accepted: Type.Integer(),
    duplicates: Type.Integer(),
    quarantined: Type.Integer(),
    filtered: Type.Integer(),
    events: Type.Array(
      Type.Union([
        Type.Object({ id: Type.String(), position: Type.Integer(), duplicate: Type.Boolean() }),
        Type.Object({ id: Type.String(), reason: Type.String() }),
        Type.Object({ id: Type.String(), filtered: Type.String() }),
      ]),
    ),
  }),
);
const listQuery = schema(Type.Object({ type: Type.Optional(name), key: Type.Optional(name), limit: Type.Optional(limit) }, { additionalProperties: false }));

/** Events in, and the log to read. */
export function eventRoutes(engine: Engine, register: EdgeRegister, signatures: SignatureBook): readonly Route[] {
  const { intake, landscape, store } = engine;

  function typeNamed(type: string): string {
    const contract = landscape.of('contract').get(type);
    return contract ? eventType(contract) : type;
  }

  async function latest(query: { readonly type?: string; readonly key?: string; readonly limit?: number }): Promise<readonly EventRecord[]> {
    const { limit: max = 100 } = query;
    const type = query.type === undefined ? undefined : typeNamed(query.type);
    if (query.key === undefined) return store.eventsLatest({ ...(type !== undefined && { type }), limit: max });
    const { events } = await store.byKey(query.key, 1_000);
    return events
      .filter((event) => type === undefined || event.type === type)
      .toReversed()
      .slice(0, max);
  }

  return [
    route({
      method: 'POST',
      path: '/api/events',
      group: 'events',
      summary: 'Takes CloudEvents 1.0 (structured, binary or batch, JSON data); answers once they are committed.',
      right: 'send-events',
      gives: taken,
      bytesMax,
      async serve(call) {
        const { events, mode } = eventsIn(call);
        await admitSender(register, call, events);
        await signatures.admit(call.principal, events);
        const answer = await intake.accept(events, call.principal.name);
        const first = answer.events[0];
        if (mode === 'one' && first && 'reason' in first) throw new Fault('CONTRACT_BROKEN', first.reason, { id: first.id, quarantined: true });
        return ok(answer);
      },
    }),
    route({
      method: 'GET',
      path: '/api/events',
      group: 'events',
      summary: 'The newest events, all or of one contract, or those that carry a business key.',
      right: 'read',
      gives: viewShapes.events,
      query: listQuery,
      serve: async ({ query }) => ok((await latest(query)).map(eventView)),
    }),
    route({
      method: 'GET',
      path: '/api/events/:position',
      group: 'events',
      summary: 'One event by its place in the log.',
      right: 'read',
      async serve({ params }) {
        const position = params['position'] ?? '';
        const event = /^\d{1,15}$/.test(position) ? await store.event(Number(position)) : undefined;
        if (!event) throw new Fault('NOT_FOUND', `The log has no event at "${position}".`);
        return ok(eventView(event));
      },
    }),
  ];
}
