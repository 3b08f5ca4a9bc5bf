import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import type { Engine } from '../engine/engine.ts';
import type { Patient } from '../engine/quarantine/ward.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import { limit } from './field.ts';
import { ok, route, type Route } from './route.ts';

const listQuery = schema(Type.Object({ limit: Type.Optional(limit) }, { additionalProperties: false }));
const discardShape = schema(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1_000 }) }, { additionalProperties: false }));
const releaseShape = schema(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1_000 }), data: Type.Optional(Type.Unknown()) }, { additionalProperties: false }));

/** A message that was not taken. Times are RFC 3339, UTC. */
export interface QuarantineView {
  /** By which it is released or discarded; the same for every time that a sender tells it. */
  readonly message: string;
  readonly at: string;
  readonly source: string;
  readonly id: string;
  readonly principal: string;
  readonly reason: string;
  /** Keys that wait for a decision about it, as `flow/key`. */
  readonly holds: readonly string[];
  readonly decided?: 'released' | 'discarded' | undefined;
  /** The reason of the filter that dropped it when it was released: it is in no log and started nothing. */
  readonly filtered?: string | undefined;
  /** As it came; cut where it was long. */
  readonly raw: string;
}

/** What was not taken at the door, and what is done about it. */
export function quarantineRoutes({ ward }: Engine): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/quarantine',
      group: 'events',
      summary: 'Messages that were not taken, newest first, with their reason, what waits for them, and what became of them.',
      right: 'read',
      query: listQuery,
      serve: async ({ query }) => ok((await ward.list(query.limit ?? 100)).map(view)),
    }),
    route({
      method: 'POST',
      path: '/api/quarantine/:message/release',
      group: 'events',
      summary:
        'Sends a message in again, mended where "data" is given, in its own place of the line of its key, which it keeps; "filtered" says where a filter of its contract dropped it then.',
      right: 'act',
      body: releaseShape,
      serve: async ({ params, body: { reason, data }, principal }) =>
        ok(view(await ward.release(params['message'] ?? '', { by: principal.name, reason, ...(data !== undefined && { data }) }))),
    }),
    route({
      method: 'POST',
      path: '/api/quarantine/:message/discard',
      group: 'events',
      summary: 'Lets a message go for good, with a reason: what waits for it goes on.',
      right: 'act',
      body: discardShape,
      serve: async ({ params, body: { reason }, principal }) => ok(view(await ward.discard(params['message'] ?? '', { by: principal.name, reason }))),
    }),
  ];
}

function view({ message, record, holds, decided, filtered }: Patient): QuarantineView {
  const { atMs, source, eventId, principal, reason, raw } = record;
  return { message, at: instant(atMs), source, id: eventId, principal, reason, holds, decided, filtered, raw };
}
