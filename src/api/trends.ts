import { Type } from 'typebox';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import type { Trend, TrendBoard } from '../engine/trends/trend-board.ts';
import { name } from './field.ts';
import { ok, route, type Route } from './route.ts';

const number = Type.Number();
const statusShape = Type.Object({
  atMs: number,
  bufferDepth: Type.Integer({ minimum: 0 }),
  sources: Type.Array(Type.Object({ name, connected: Type.Boolean(), detail: Type.String({ maxLength: 2_000 }), sinceMs: number }), { maxItems: 1_000 }),
  filtered: Type.Record(Type.String({ maxLength: 64 }), number),
  trendsDropped: Type.Integer({ minimum: 0 }),
});
const reportShape = schema(
  Type.Object({
    edge: name,
    points: Type.Array(
      Type.Object({ signal: name, atMs: number, average: number, lowest: number, highest: number, unit: Type.String({ maxLength: 64 }), target: Type.Optional(number) }),
      { maxItems: 5_000 },
    ),
    status: Type.Optional(statusShape),
  }),
);
const trendQuery = schema(Type.Object({ signal: Type.Optional(name), minutes: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10 })) }, { additionalProperties: false }));

/** What the signals do now, for display only, and how the edges are. */
export function trendRoutes(board: TrendBoard, clock: Clock): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/trends',
      group: 'trends',
      summary: 'Takes one second of signals and the status of an edge: kept in memory for display, never logged, never acted on.',
      right: 'send-trends',
      body: reportShape,
      bytesMax: 2 * 1024 * 1024,
      async serve({ body }) {
        board.put(body);
        return ok({ taken: body.points.length });
      },
    }),
    route({
      method: 'GET',
      path: '/api/trends',
      group: 'trends',
      summary: 'The last minutes of one signal, or the newest point of every signal.',
      right: 'read',
      query: trendQuery,
      async serve({ query: { signal, minutes = 10 } }) {
        if (signal === undefined) return ok(board.newest().map(trendView));
        const trend = board.trend(signal, clock.now() - minutes * 60_000);
        if (!trend) throw new Fault('NOT_FOUND', `No edge has sent the signal "${signal}" within the last minutes.`);
        return ok(trendView(trend));
      },
    }),
    route({
      method: 'GET',
      path: '/api/edges',
      group: 'trends',
      summary: 'The last status of each edge and its age.',
      right: 'read',
      serve: async () => ok(board.edges().map(({ edge, receivedMs, status }) => ({ edge, at: instant(receivedMs), ageMs: clock.now() - receivedMs, status }))),
    }),
  ];
}

function trendView({ signal, unit, edge, target, points }: Trend): Readonly<Record<string, unknown>> {
  return { signal, unit, edge, target, points };
}
