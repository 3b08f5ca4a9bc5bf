import { Type } from 'typebox';
import type { EdgeRegister } from '../engine/edges/edge-register.ts';
import { boundFields, type RecordingBounds } from '../engine/recordings/recording-bounds.ts';
import type { RecordingDesk, RecordingTicket } from '../engine/recordings/recording-desk.ts';
import { recordingPart, recordingRefusal } from '../engine/recordings/recording-wire.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import type { TrendBoard } from '../engine/trends/trend-board.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import { spanOf } from './backtest-desk.ts';
import { name } from './field.ts';
import { holdToItself, lifeOf } from './own-name.ts';
import { ok, route, type Call, type Route } from './route.ts';
import { streamed, type Log } from './streamed.ts';
import { viewShapes } from './view-shapes.ts';

export type { RecordingBounds } from '../engine/recordings/recording-bounds.ts';

/** A stretch of what an edge recorded, on its way to the hub or there. Times are RFC 3339, UTC. */
export interface RecordingView {
  readonly id: string;
  readonly edge: string;
  /** `asked` until the edge begins to send, `coming` while it does, `here` when all of it is at the hub. */
  readonly status: RecordingTicket['status'];
  /** Event times that were asked for. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The oldest that the edge has, where that is later than what was asked for. */
  readonly begins?: string | undefined;
  /** Bytes that are here, of all at most, and those that were allowed. */
  readonly bytes: number;
  readonly total?: number | undefined;
  readonly bytesMax: number;
  /** How fast it comes, over its last parts, and how fast it may. */
  readonly bytesPerSecond?: number | undefined;
  readonly bytesPerSecondMax: number;
  readonly by: string;
  readonly asked: string;
  readonly ended?: string | undefined;
  /** Why it does not come. */
  readonly trouble?: { readonly code: string; readonly message: string } | undefined;
}

export interface RecordingRouteParts {
  /** Undefined where a hub keeps none. */
  readonly desk: RecordingDesk | undefined;
  /** What is asked of an edge where nothing else is said. */
  readonly bounds: RecordingBounds;
  readonly register: EdgeRegister;
  readonly trends: Pick<TrendBoard, 'edges'>;
  readonly log: Log;
}

const askShape = schema(
  Type.Object(
    {
      /** Event times, RFC 3339. */
      from: Type.Optional(name),
      to: Type.Optional(name),
      /** Usual: as /api/recording-bounds says. */
      ...boundFields,
    },
    { additionalProperties: false },
  ),
);

/** Fetching what an edge recorded over its own link, for a backtest elsewhere. */
export function recordingRoutes({ desk, bounds, register, trends, log }: RecordingRouteParts): readonly Route[] {
  if (!desk) return [];
  return [
    ...askingRoutes({ desk, bounds, trends, log }),
    route({
      method: 'POST',
      path: '/api/edges/:edge/recordings/:id/parts',
      group: 'recordings',
      summary:
        'Takes a part of a recording from its edge, application/octet-stream; "at" counts the bytes before it, "file" and "atByte" say up to where in the edge\'s recording it goes.',
      right: 'send-trends',
      query: recordingPart,
      async serve(call) {
        const { edge, id } = await admitted(call, register);
        return ok({ at: await desk.take(edge, id, call.query, call.raw) });
      },
    }),
    route({
      method: 'POST',
      path: '/api/edges/:edge/recordings/:id/refusal',
      group: 'recordings',
      summary: 'An edge says why it does not send what was asked for: nothing is recorded of that time, or more than was allowed.',
      right: 'send-trends',
      body: recordingRefusal,
      async serve(call) {
        const { edge, id } = await admitted(call, register);
        desk.refuse(edge, id, call.body);
        return ok({});
      },
    }),
  ];
}

async function admitted({ principal, headers, params }: Pick<Call<unknown, unknown>, 'principal' | 'headers' | 'params'>, register: EdgeRegister) {
  const edge = params['edge'] ?? '';
  holdToItself(principal, edge);
  await register.admit(edge, lifeOf({ headers }, edge));
  return { edge, id: params['id'] ?? '' };
}

interface AskingParts extends Pick<RecordingRouteParts, 'bounds' | 'trends' | 'log'> {
  readonly desk: RecordingDesk;
}

function askingRoutes({ desk, bounds, trends, log }: AskingParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/edges/:edge/recordings',
      group: 'recordings',
      summary:
        'Asks an edge, over the connection that it opened, for a stretch of what it recorded: bounded in size and rate, behind its events. One of an edge at a time; it is let go after six hours.',
      right: 'backtest',
      body: askShape,
      gives: viewShapes.recording,
      async serve({ params, principal, body }) {
        const edge = params['edge'] ?? '';
        if (!trends.edges().some((each) => each.edge === edge)) {
          const known = trends.edges().map((each) => each.edge);
          throw new Fault('NOT_FOUND', `No edge "${edge.slice(0, 100)}" was heard since the hub began. It hears ${known.slice(0, 20).join(', ') || 'none'}.`, { edge });
        }
        const { megabytes, kilobytesPerSecond } = { ...bounds, ...body };
        const ticket = await desk.ask({ edge, ...spanOf(body), bytesMax: megabytes * 1_000_000, bytesPerSecond: kilobytesPerSecond * 1_000, by: principal.name });
        return { status: 202, body: recordingView(ticket) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/recordings',
      group: 'recordings',
      summary: 'Recordings of edges that were asked for since the hub began and are still known, the newest first.',
      right: 'read',
      gives: viewShapes.recordings,
      serve: async () => ok(desk.all().map(recordingView)),
    }),
    route({
      method: 'GET',
      path: '/api/recording-bounds',
      group: 'recordings',
      summary: "How many megabytes, and kilobytes a second, are asked of an edge where nothing else is said: recordings in the hub's environment.",
      right: 'read',
      gives: viewShapes.recordingBounds,
      serve: async () => ok(bounds),
    }),
    route({
      method: 'GET',
      path: '/api/recordings/:id',
      group: 'recordings',
      summary: 'A recording: how much of it is here, and why it does not come.',
      right: 'read',
      gives: viewShapes.recording,
      serve: async ({ params }) => ok(recordingView(desk.ticket(params['id'] ?? ''))),
    }),
    route({
      method: 'GET',
      path: '/api/recordings/:id/bytes',
      group: 'recordings',
      summary: 'The bytes of a recording that is here, for "lineshaft rules backtest --recording".',
      right: 'backtest',
      async serve({ params }) {
        const bytes = desk.bytesOf(params['id'] ?? '');
        return { stream: (response) => void streamed(response, 'application/octet-stream', bytes, log) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/recordings/:id/cancel',
      group: 'recordings',
      summary: 'Ends a recording that is asked for or coming, and lets go of what is here of it.',
      right: 'backtest',
      gives: viewShapes.recording,
      serve: async ({ params, principal }) => ok(recordingView(await desk.cancel(params['id'] ?? '', principal.name))),
    }),
  ];
}

function recordingView(ticket: RecordingTicket): RecordingView {
  const { id, edge, status, fromMs, toMs, beginsMs, bytes, total, bytesMax, rate, bytesPerSecond, by, askedMs, endedMs, fault } = ticket;
  const told = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : instant(ms));
  return {
    id,
    edge,
    status,
    from: told(fromMs),
    to: told(toMs),
    begins: told(beginsMs),
    bytes,
    total,
    bytesMax,
    bytesPerSecond: rate,
    bytesPerSecondMax: bytesPerSecond,
    by,
    asked: instant(askedMs),
    ended: told(endedMs),
    trouble: fault && { code: fault.code, message: fault.message },
  };
}
