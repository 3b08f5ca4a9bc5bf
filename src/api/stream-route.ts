import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import { header, route, type Route } from './route.ts';
import type { Stream } from './stream.ts';

const streamQuery = schema(Type.Object({ trends: Type.Optional(Type.Literal('1')), lastEventId: Type.Optional(Type.String({ maxLength: 100 })) }, { additionalProperties: false }));

/** The live stream as server-sent events. */
export function streamRoute(live: Stream): Route {
  return route({
    method: 'GET',
    path: '/api/stream',
    group: 'stream',
    summary:
      'Server-sent events of what was just committed (event, run, step, exception), of modes, and with ?trends=1 of signals. Last-Event-ID resumes; "reset" says to read everything anew.',
    right: 'read',
    query: streamQuery,
    async serve(call) {
      const lastEventId = header(call, 'last-event-id') ?? call.query.lastEventId;
      return { stream: (response) => live.open(response, { lastEventId, trends: call.query.trends === '1' }) };
    },
  });
}
