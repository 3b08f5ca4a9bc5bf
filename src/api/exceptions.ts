import { Type } from 'typebox';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { BusinessKeys } from '../model/contract.ts';
import type { FieldUnits } from '../model/field-units.ts';
import type { Measure } from '../model/impact.ts';
import type { Landscape } from '../model/landscape.ts';
import type { ExceptionFilter, ExceptionRecord, ExceptionStatus } from '../store/store.ts';
import type { Engine } from '../engine/engine.ts';
import { evidenceOf, factsOf } from '../engine/exceptions/case-facts.ts';
import type { Order } from '../engine/exceptions/desk.ts';
import { evidenceUnits } from '../engine/exceptions/evidence-units.ts';
import { escalationsOf, passableFrom } from '../engine/exceptions/escalation.ts';
import { sumsOf, type Impact } from '../engine/exceptions/impact.ts';
import { needsWhy } from '../engine/operations/why.ts';
import { instant, recorded } from '../engine/stories/recorded-json.ts';
import { limit, name } from './field.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

const actions = ['acknowledge', 'resolve', 'escalate', 'accept', 'retry', 'cancel', 'mark-done', 'edit', 'skip', 'compensate'] as const satisfies readonly Order['action'][];

const listQuery = schema(
  Type.Object(
    {
      status: Type.Optional(Type.Union(['unresolved', 'open', 'acknowledged', 'resolved', 'all'].map((status) => Type.Literal(status)))),
      owner: Type.Optional(name),
      key: Type.Optional(name),
      type: Type.Optional(name),
      limit: Type.Optional(limit),
    },
    { additionalProperties: false },
  ),
);
const orderShape = schema(
  Type.Object(
    { version: Type.Integer({ minimum: 1 }), note: Type.Optional(Type.String({ maxLength: 4_000, description: 'Why, in plain words.' })), value: Type.Optional(Type.Unknown()) },
    { additionalProperties: false },
  ),
);
const itemShape = schema(
  Type.Object({
    id: Type.String(),
    type: Type.String(),
    class: Type.String(),
    severity: Type.String(),
    status: Type.String(),
    version: Type.Integer(),
    owner: Type.String(),
    owners: Type.Array(Type.String()),
    summary: Type.String(),
    key: Type.Optional(Type.String()),
    keys: Type.Record(Type.String(), Type.String()),
    opened: Type.String(),
    due: Type.String(),
    overdue: Type.Boolean(),
    actions: Type.Array(Type.String()),
    needsNote: Type.Array(Type.String()),
    cause: Type.Optional(Type.String()),
    count: Type.Integer(),
    first: Type.String(),
    last: Type.String(),
    escalatedTo: Type.Array(Type.String()),
    context: Type.Unknown(),
  }),
);

export type ExceptionAction = (typeof actions)[number];

/** What was done about a case, and by whom. */
export interface ExceptionEntry {
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly note: string;
}

/** What a case touches. Decimals are texts. */
export interface ImpactView {
  readonly orders: readonly string[];
  /** More than those: the sums are lower bounds. */
  readonly ordersMore: boolean;
  readonly quantity: readonly Measure[];
  readonly value: readonly { readonly amount: string; readonly currency: string }[];
}

/** One more time that a case's cause struck. */
export interface OccurrenceView {
  readonly at: string;
  readonly run?: string | undefined;
  readonly evidence: unknown;
}

/** An owned case. Times are RFC 3339, UTC. */
export interface ExceptionView {
  readonly id: string;
  readonly type: string;
  /** The type's title, where the landscape declares it. */
  readonly title?: string | undefined;
  readonly class: string;
  readonly severity: string;
  readonly status: ExceptionStatus;
  /** Grows by one with each change; an order names the version that was seen. */
  readonly version: number;
  readonly owner: string;
  readonly owners: readonly string[];
  readonly summary: string;
  /** The business key that it is called by. */
  readonly key?: string | undefined;
  readonly keys: BusinessKeys;
  readonly run?: string | undefined;
  readonly step?: string | undefined;
  readonly opened: string;
  readonly changed: string;
  readonly due: string;
  readonly overdue: boolean;
  /** What is counted in it; absent where each occurrence is decided by itself. */
  readonly cause?: string | undefined;
  /** How often its cause struck, and when first and last. */
  readonly count: number;
  readonly first: string;
  readonly last: string;
  /** The orders that it touches, and how much of what, as far as the landscape declares it. */
  readonly impact: ImpactView;
  /** Who got it because nobody acted in time, oldest first. */
  readonly escalatedTo: readonly string[];
  /** The newest repeats with their evidence, oldest first. */
  readonly recent: readonly OccurrenceView[];
  /** What can be done about it now. */
  readonly actions: readonly ExceptionAction[];
  /** What of that needs a note that says why. */
  readonly needsNote: readonly ExceptionAction[];
  /** The evidence that it was opened with. */
  readonly context: unknown;
  /** What the evidence's numbers are counted or measured in (UCUM), by field. */
  readonly units?: FieldUnits | undefined;
  /** Oldest first. */
  readonly history: readonly ExceptionEntry[];
}

/** The one inbox of owned cases, and what their owners do about them. */
export function exceptionRoutes(engine: Engine, clock: Clock): readonly Route[] {
  const { store, desk, landscape } = engine;
  const view = (record: ExceptionRecord) => exceptionView(record, clock.now(), landscape);

  const act = (action: Order['action']): Route =>
    route({
      method: 'POST',
      path: `/api/exceptions/:id/${action}`,
      group: 'exceptions',
      summary: `An owner's decision: ${action}${needsWhy(action) ? ', with a note that says why' : ''}. Names the version that was seen; a second person gets 409 and the current one.`,
      right: 'act',
      body: orderShape,
      needs: needsWhy(action) ? [{ text: 'note' }] : [],
      gives: itemShape,
      async serve({ params, body, principal }) {
        const id = params['id'] ?? '';
        try {
          return ok(view(await desk.act({ id, version: body.version, by: principal.name, note: body.note ?? '', action, value: body.value })));
        } catch (error) {
          // The second of two people needs the version that the first one made.
          const current = error instanceof Fault && error.code === 'CONFLICT' ? await store.exception(id) : undefined;
          if (!current || !(error instanceof Fault)) throw error;
          throw new Fault(error.code, error.message, { ...error.details, version: current.version, current: view(current) }, error);
        }
      },
    });

  return [
    route({
      method: 'GET',
      path: '/api/exceptions',
      group: 'exceptions',
      summary: 'Exceptions, newest first; those that are not resolved unless status says otherwise.',
      right: 'read',
      query: listQuery,
      gives: viewShapes.exceptions,
      async serve({ query: { status = 'unresolved', limit: max = 100, ...rest } }) {
        const wanted = statusOf(status);
        return ok((await store.exceptions({ ...rest, ...(wanted && { status: wanted }), limit: max })).map(view));
      },
    }),
    route({
      method: 'GET',
      path: '/api/exceptions/:id',
      group: 'exceptions',
      summary: 'One exception with its evidence and history.',
      right: 'read',
      gives: itemShape,
      async serve({ params }) {
        const record = await store.exception(params['id'] ?? '');
        if (!record) throw new Fault('NOT_FOUND', `No exception is called "${(params['id'] ?? '').slice(0, 100)}".`);
        return ok(view(record));
      },
    }),
    ...actions.map(act),
  ];
}

function statusOf(status: string): ExceptionFilter['status'] {
  return status === 'unresolved' || status === 'open' || status === 'acknowledged' || status === 'resolved' ? status : undefined;
}

export function exceptionView(record: ExceptionRecord, nowMs: number, landscape: Landscape): ExceptionView {
  const { id, type, severity, status, version, owners, summary, keys, run, step } = record;
  const facts = factsOf(record);
  const context = evidenceOf(record);
  const offered = actionsOf(record, landscape);
  return {
    id,
    type,
    title: landscape.of('exception').get(type)?.title,
    class: record.class,
    severity,
    status,
    version,
    owner: owners[0] ?? '',
    owners,
    summary,
    key: keys.order ?? Object.values(keys)[0],
    keys,
    run,
    step,
    opened: instant(record.openedMs),
    changed: instant(record.changedMs),
    due: instant(record.dueMs),
    overdue: status !== 'resolved' && record.dueMs < nowMs,
    cause: facts.cause,
    count: facts.count,
    first: instant(facts.firstMs),
    last: instant(facts.lastMs),
    impact: impactView(facts.impact),
    escalatedTo: escalationsOf(record).flatMap(({ to }) => to ?? []),
    recent: facts.recent.map(({ atMs, run: of, evidence }) => ({ at: instant(atMs), run: of, evidence })),
    actions: offered,
    needsNote: offered.filter(needsWhy),
    context,
    units: evidenceUnits(type, context, landscape),
    // Written by `withEntry` only.
    history: recorded(record.history) as ExceptionView['history'],
  };
}

function impactView(impact: Impact): ImpactView {
  const { value, ...rest } = sumsOf(impact);
  return { ...rest, value: value.map(({ amount, unit }) => ({ amount, currency: unit })) };
}

/** What the desk takes for it now. An effect that waits for its owner is not resolved but decided. */
function actionsOf(record: ExceptionRecord, landscape: Landscape): readonly ExceptionAction[] {
  const { status, actions: offered, step } = record;
  if (status === 'resolved') return [];
  const settles = actions.filter((action) => offered.includes(action));
  return [
    ...(status === 'open' ? (['acknowledge'] as const) : []),
    ...(passableFrom(record, landscape) ? (['escalate'] as const) : []),
    ...(settles.includes('retry') && step !== undefined ? [] : (['resolve'] as const)),
    ...settles,
  ];
}
