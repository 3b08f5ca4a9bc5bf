import { Type } from 'typebox';
import { atMost } from '../kernel/at-most.ts';
import type { Clock } from '../kernel/clock.ts';
import { schema } from '../kernel/schema.ts';
import type { Engine } from '../engine/engine.ts';
import { kpiGroupings } from '../engine/kpi/grouping.ts';
import { responseTimes } from '../engine/kpi/response-times.ts';
import { instantMs, name } from './field.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

const eventsDefault = 20_000;
const eventsMost = 200_000;

const timesQuery = schema(
  Type.Object(
    {
      /** RFC 3339, both included. */
      from: Type.Optional(name),
      to: Type.Optional(name),
      by: Type.Optional(Type.Union(kpiGroupings.map((by) => Type.Literal(by)))),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: eventsMost })),
    },
    { additionalProperties: false },
  ),
);

/** Figures over the record. */
export function kpiRoutes({ store, landscape }: Pick<Engine, 'store' | 'landscape'>, clock: Clock): readonly Route[] {
  // Reading the log takes seconds of a processor where it is long; who asks beside another waits.
  const oneAtATime = atMost(1);
  return [
    route({
      method: 'GET',
      path: '/api/kpi/response-time',
      group: 'overview',
      summary:
        'How long it took, from the record: event time to arrival, arrival to the first effect done and event time to the last one (by flow), cases opened to acknowledged and resolved (by class), and what is still open. Events and cases from … to; the newest `limit` events, 20,000 unless said otherwise.',
      right: 'read',
      query: timesQuery,
      gives: viewShapes.responseTimes,
      async serve({ query: { from, to, by, limit: eventsMax = eventsDefault } }) {
        const question = { fromMs: instantMs('from', from), toMs: instantMs('to', to), by, eventsMax };
        return ok(await oneAtATime(async () => responseTimes({ store, landscape }, question, clock.now())));
      },
    }),
  ];
}
