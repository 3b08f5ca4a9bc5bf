import { Type } from 'typebox';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import type { EdgesTold } from '../engine/exceptions/edge-cases.ts';
import type { EdgeRegister } from '../engine/edges/edge-register.ts';
import type { RecordingDesk } from '../engine/recordings/recording-desk.ts';
import { noticesSource } from '../engine/edge/notice-board.ts';
import type { EdgeStatus } from '../engine/edge/edge-status.ts';
import type { EdgeReport, ReportedStatus, Trend, TrendBoard } from '../engine/trends/trend-board.ts';
import { name } from './field.ts';
import { holdToItself, lifeOf } from './own-name.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

const number = Type.Number();
const optional = Type.Optional(number);
const statusShape = Type.Object({
  atMs: number,
  bufferDepth: Type.Integer({ minimum: 0 }),
  bufferOldestMs: optional,
  sources: Type.Array(
    Type.Object({
      name,
      connected: Type.Boolean(),
      detail: Type.String({ maxLength: 2_000 }),
      sinceMs: number,
      gaps: optional,
      skewMs: optional,
      skewWithinMs: optional,
      received: optional,
      perSecond: optional,
      lastMs: optional,
      newestMs: optional,
      lagMs: optional,
      lagMostMs: optional,
      recovered: optional,
      recoveredMs: optional,
      recoveredFromMs: optional,
      recoveredToMs: optional,
    }),
    {
      maxItems: 1_000,
    },
  ),
  gaps: Type.Optional(
    Type.Object({
      kept: number,
      newest: Type.Array(
        Type.Object({
          source: name,
          address: Type.String(),
          signals: Type.Array(name, { maxItems: 100 }),
          afterMs: number,
          beforeMs: number,
          reason: Type.String(),
          atMs: number,
        }),
        { maxItems: 200 },
      ),
      openCount: optional,
      open: Type.Optional(
        Type.Array(Type.Object({ source: name, address: Type.String(), signals: Type.Array(name, { maxItems: 100 }), sinceMs: number, reason: Type.String() }), { maxItems: 200 }),
      ),
    }),
  ),
  filtered: Type.Record(Type.String({ maxLength: 64 }), number),
  trendsDropped: Type.Integer({ minimum: 0 }),
  telemetryShed: optional,
  release: Type.Optional(Type.String({ maxLength: 64 })),
  disk: Type.Optional(
    Type.Object({
      eventBytes: number,
      telemetryBytes: number,
      walBytes: optional,
      bytesMax: number,
      eventsMax: number,
      telemetryShedBytes: number,
      parkedSinceMs: optional,
      parkedReason: Type.Optional(Type.String({ maxLength: 64 })),
    }),
  ),
  notices: Type.Optional(noticesSource),
  quarantine: Type.Optional(
    Type.Array(Type.Object({ address: Type.String(), reason: Type.String(), raw: Type.String(), firstMs: number, lastMs: number, count: number }), { maxItems: 1_000 }),
  ),
  rules: Type.Optional(
    Type.Array(
      Type.Object({
        rule: name,
        phase: Type.String({ maxLength: 64 }),
        newestMs: optional,
        noDataSinceMs: optional,
        openSinceMs: optional,
        points: number,
        counts: Type.Record(Type.String({ maxLength: 64 }), number),
      }),
      { maxItems: 5_000 },
    ),
  ),
  uplink: Type.Optional(
    Type.Object({
      hub: Type.String(),
      acknowledged: number,
      duplicates: number,
      quarantined: number,
      filtered: optional,
      failures: number,
      trouble: Type.Optional(Type.String()),
    }),
  ),
});
const reportShape = schema(
  Type.Object({
    edge: name,
    points: Type.Array(
      Type.Object({ signal: name, atMs: number, average: number, lowest: number, highest: number, unit: Type.String({ maxLength: 64 }), target: Type.Optional(number) }),
      { maxItems: 5_000 },
    ),
    texts: Type.Optional(Type.Array(Type.Object({ signal: name, value: Type.String({ maxLength: 256 }), sinceMs: number, atMs: number }), { maxItems: 5_000 })),
    status: Type.Optional(statusShape),
  }),
);
/** Signals that one answer holds at most. */
const signalsMax = 50;
const signalNames = Type.String({ minLength: 1, maxLength: 256 * signalsMax });
const oneOrMore = Type.Union([signalNames, Type.Array(signalNames, { maxItems: signalsMax })]);
const trendQuery = schema(
  Type.Object({ signal: Type.Optional(oneOrMore), minutes: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10 })) }, { additionalProperties: false }),
);

/** One second of a signal. */
export interface TrendPoint {
  readonly atMs: number;
  readonly average: number;
  readonly lowest: number;
  readonly highest: number;
  readonly target?: number;
}

/** What a signal did in the last minutes. */
export interface TrendView {
  readonly signal: string;
  /** UCUM; `1` for none. */
  readonly unit: string;
  readonly edge: string;
  /** Of the newest point. */
  readonly target?: number | undefined;
  /** Oldest first. */
  readonly points: readonly TrendPoint[];
}

/** What a signal that is no number says now, e.g. a machine's state. Event times, epoch milliseconds. */
export interface TextView {
  readonly signal: string;
  readonly value: string;
  /** Since when it says so, as far as its edge saw it. */
  readonly sinceMs: number;
  readonly atMs: number;
  readonly edge: string;
}

type Told = Omit<ReportedStatus, 'gaps'> & Partial<Pick<EdgeStatus, 'quarantine' | 'rules' | 'uplink' | 'telemetryShed'>>;

/** What an edge says of itself; of its gaps, how many it keeps, and how many have no end yet. */
export type EdgeStatusView = Told & { readonly gaps?: { readonly kept: number; readonly openCount?: number | undefined } };

/** How an edge said that it is, last. */
export interface EdgeView {
  readonly edge: string;
  readonly at: string;
  /** Since it was heard. */
  readonly ageMs: number;
  readonly status?: EdgeStatusView | undefined;
}

/** One edge, with its newest gaps, newest first. */
export interface EdgeDetail extends Omit<EdgeView, 'status'> {
  readonly status?: (Told & Partial<Pick<EdgeStatus, 'gaps'>>) | undefined;
}

/** What the signals do now, for display only, and how the edges are. */
export function trendRoutes(board: TrendBoard, clock: Clock, told: EdgesTold, register: EdgeRegister, recordings?: Pick<RecordingDesk, 'wantedOf'>): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/trends',
      group: 'trends',
      summary:
        "Takes one second of signals, what text signals say, and the status of an edge: kept in memory for display, never logged, never acted on. The answer says which stretch of the edge's recording is wanted, if any.",
      right: 'send-trends',
      body: reportShape,
      bytesMax: 2 * 1024 * 1024,
      async serve({ principal, headers, body }) {
        holdToItself(principal, body.edge);
        await register.admit(body.edge, lifeOf({ headers }, body.edge));
        board.put(body);
        if (body.status) await told.heard(body.edge, body.status);
        const recording = recordings?.wantedOf(body.edge);
        return ok({ taken: body.points.length, ...(recording && { recording }) });
      },
    }),
    route({
      method: 'GET',
      path: '/api/trends',
      group: 'trends',
      summary: 'The last minutes of one signal; of several as a list, those that are known (signal repeated, or with commas); or the newest point of every signal.',
      right: 'read',
      gives: viewShapes.trends,
      query: trendQuery,
      async serve({ query: { signal, minutes = 10 } }) {
        if (signal === undefined) return ok(board.newest().map(trendView));
        const sinceMs = clock.now() - minutes * 60_000;
        const names = [signal].flat().flatMap((text) => text.split(',').filter((each) => each !== ''));
        if (names.length > signalsMax) throw new Fault('INPUT_INVALID', `${names.length} signals; at most ${signalsMax} are told at once.`, { signalsMax });
        if (typeof signal !== 'string' || signal.includes(',')) return ok(names.flatMap((each) => board.trend(each, sinceMs) ?? []).map(trendView));
        const trend = board.trend(signal, sinceMs);
        if (!trend) throw new Fault('NOT_FOUND', `No edge has sent the signal "${signal}" within the last minutes.`);
        return ok(trendView(trend));
      },
    }),
    route({
      method: 'GET',
      path: '/api/trends/texts',
      group: 'trends',
      summary: 'What the signals that are no numbers say now, and since when: states of machines, running orders.',
      right: 'read',
      gives: viewShapes.texts,
      async serve() {
        const texts: readonly TextView[] = board.texts();
        return ok(texts);
      },
    }),
    route({
      method: 'GET',
      path: '/api/edges',
      group: 'trends',
      summary: 'The last status of each edge and its age.',
      right: 'read',
      gives: viewShapes.edges,
      serve: async () => ok(board.edges().map((report) => edgeView(report, clock.now()))),
    }),
    route({
      method: 'GET',
      path: '/api/edges/:edge',
      group: 'trends',
      summary: 'One edge: its sources with what comes from them, what waits, its newest gaps, what it could not understand, its rules.',
      right: 'read',
      gives: viewShapes.edge,
      async serve({ params }) {
        const wanted = params['edge'] ?? '';
        const report = board.edges().find(({ edge }) => edge === wanted);
        if (report) return ok(edgeDetail(report, clock.now()));
        throw new Fault('NOT_FOUND', `No edge "${wanted.slice(0, 100)}" was heard since the hub began.`);
      },
    }),
  ];
}

function edgeDetail({ edge, receivedMs, status }: EdgeReport, nowMs: number): EdgeDetail {
  return { edge, at: instant(receivedMs), ageMs: nowMs - receivedMs, status };
}

/** As it stands among others. */
export function edgeView({ edge, receivedMs, status }: EdgeReport, nowMs: number): EdgeView {
  const told = status && { ...status, ...(status.gaps && { gaps: { kept: status.gaps.kept, ...(status.gaps.openCount !== undefined && { openCount: status.gaps.openCount }) } }) };
  return { edge, at: instant(receivedMs), ageMs: nowMs - receivedMs, status: told };
}

function trendView({ signal, unit, edge, target, points }: Trend): TrendView {
  return { signal, unit, edge, target, points };
}
