import { Type } from 'typebox';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { AuditRecord, RunRecord, RunStatus, StepRecord } from '../store/store.ts';
import { historyOf, type HistoryEntry } from '../engine/effects/history.ts';
import type { Engine } from '../engine/engine.ts';
import type { LandscapeGraph } from '../engine/graph/landscape-graph.ts';
import { stepFinder, type StepFinder } from '../engine/graph/step-places.ts';
import { isDeed, standing, type RunAction, type RunStanding } from '../engine/operations/run-standing.ts';
import { decisionOrigin, type DecisionOrigin, type InputOrigin } from '../engine/stories/origin-text.ts';
import { instant, recorded } from '../engine/stories/recorded-json.ts';
import { readRefusals, refusalsIn, type RequestRefusal } from '../engine/stories/request-refusal.ts';
import { eventView, type EventView } from './event-view.ts';
import { limit, name } from './field.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

/** Decisions that are looked through for those of one name. */
const decisionsMax = 1_000;
/** Deeds of people that are told of one run: the newest. */
const deedsMax = 100;
const statuses = ['active', 'queued', 'done', 'failed', 'parked', 'compensated'] as const satisfies readonly RunStatus[];
const runsQuery = schema(
  Type.Object(
    { flow: Type.Optional(name), status: Type.Optional(Type.Union(statuses.map((status) => Type.Literal(status)))), limit: Type.Optional(limit) },
    { additionalProperties: false },
  ),
);
const decisionsQuery = schema(Type.Object({ decision: Type.Optional(name), limit: Type.Optional(limit) }, { additionalProperties: false }));
const latestQuery = schema(Type.Object({ decision: Type.Optional(name) }, { additionalProperties: false }));

export type { DecisionOrigin, InputOrigin } from '../engine/stories/origin-text.ts';

/** A run of a flow. */
export interface RunView {
  readonly id: string;
  readonly flow: string;
  readonly key: string;
  /** Of the event that started it. */
  readonly position: number;
  readonly status: RunStatus;
  /** Hash of the release that it started on, and the version of the replay protocol. */
  readonly release: string;
  readonly protocol: number;
  readonly started: string;
  readonly ended?: string | undefined;
  /** When it has to be over, as its flow says; while it is not. */
  readonly deadline?: string | undefined;
  /** Why it failed or parked. */
  readonly reason?: string | undefined;
  /** Of a request over the API: what its capability refused it with. The run itself is done. */
  readonly refused?: RequestRefusal | undefined;
}

/** A recorded step of a run. */
export interface StepView {
  readonly id: string;
  readonly kind: StepRecord['kind'];
  readonly mode: StepRecord['mode'];
  /** Capability, decision, contract or exception name. */
  readonly name: string;
  /** The order in which the run asked for its steps, and in which it learnt their ends. */
  readonly issue: number;
  readonly done?: number | undefined;
  readonly status: StepRecord['status'];
  readonly system?: string | undefined;
  readonly entity?: string | undefined;
  readonly revision?: number | undefined;
  readonly attempts: number;
  readonly issued: string;
  readonly ended?: string | undefined;
  /** When a sleep or wait ends, or a posted effect expires untried. */
  readonly due?: string | undefined;
  readonly input: unknown;
  readonly output?: unknown;
  /** What was tried and learnt, oldest first; of a decision, one entry that tells what it was taken on. */
  readonly history: readonly (HistoryEntry | DecisionOrigin)[];
  /** The step of the flow's outline that it is; of what a compensation does, the `compensate` step. */
  readonly outline?: string | undefined;
  /** Instead, where the source does not tell which of several. */
  readonly outlineOneOf?: readonly string[];
}

/** A run with its event and steps. */
export interface RunDetail extends RunView {
  readonly event?: EventView | undefined;
  readonly steps: readonly StepView[];
  /** Where it left its flow: the id of an `end` of the outline, or `last-line`; nothing while it goes on, or where that is not certain. */
  readonly left?: string | undefined;
  /** Of how it stands; an order names the one that was seen. */
  readonly version: string;
  /** What can be done about it now. */
  readonly actions: readonly RunAction[];
  /** Steps that wait for a person: parked effects, and the one whose refusal ended the run. */
  readonly stuck: readonly string[];
  /** What people did about it, oldest first. */
  readonly deeds: readonly RunDeedView[];
}

/** What somebody did about a run. */
export interface RunDeedView {
  readonly at: string;
  readonly by: string;
  /** `retry`, `edit`, `skip`, `cancel` or `replay`. */
  readonly action: string;
  /** The reason, and what was before and after. */
  readonly details: unknown;
}

/** A decision that was taken. */
export interface DecisionView {
  readonly decision: string;
  readonly version?: number | undefined;
  readonly at: string;
  readonly run: string;
  readonly step: string;
  /** Each input beside where it came from. */
  readonly inputs: Readonly<Record<string, DecisionInput>>;
  readonly output?: unknown;
}

export interface DecisionInput {
  readonly value: unknown;
  readonly from?: InputOrigin | undefined;
}

/** Runs of flows with their recorded steps, and the decisions that they took. */
export function runRoutes({ store, deadlinesOf }: Pick<Engine, 'store' | 'deadlinesOf'>, graph: () => Promise<LandscapeGraph>): readonly Route[] {
  const openDeadlines = async (runs: readonly RunRecord[]): Promise<ReadonlyMap<string, number>> => deadlinesOf(runs.filter(({ status }) => timed.includes(status)));

  /** Read from the outline once. */
  const finders = new Map<string, StepFinder>();

  /** Undefined for a flow that the release does not have, such as the hub's own. */
  async function finderOf(flow: string): Promise<StepFinder | undefined> {
    const outline = (await graph()).flows.get(flow);
    const finder = finders.get(flow) ?? (outline && stepFinder(outline));
    if (finder) finders.set(flow, finder);
    return finder;
  }

  return [
    route({
      method: 'GET',
      path: '/api/runs',
      group: 'runs',
      summary: 'Runs, newest first.',
      right: 'read',
      gives: viewShapes.runs,
      query: runsQuery,
      async serve({ query: { limit: max = 100, ...filter } }) {
        const runs = await store.runs({ ...filter, limit: max });
        const [refusals, deadlines] = await Promise.all([readRefusals(store, runs), openDeadlines(runs)]);
        return ok(runs.map((run) => runView(run, refusals.get(run.id), deadlines.get(run.id))));
      },
    }),
    route({
      method: 'GET',
      path: '/api/runs/:id',
      group: 'runs',
      summary: 'One run with its event and every recorded step.',
      right: 'read',
      gives: viewShapes.run,
      async serve({ params }) {
        const run = await store.run(params['id'] ?? '');
        if (!run) throw new Fault('NOT_FOUND', `No run is called "${(params['id'] ?? '').slice(0, 100)}".`);
        const [event, steps, finder, audit] = await Promise.all([
          store.event(run.position),
          store.steps(run.id),
          finderOf(run.flow),
          store.audit({ subject: run.id, limit: deedsMax }),
        ]);
        const deeds = audit.filter(isDeed);
        const found = finder?.find(run, steps);
        const deadlines = await openDeadlines([run]);
        return ok({
          ...runView(run, refusalsIn([run], () => steps).get(run.id), deadlines.get(run.id)),
          event: event && eventView(event),
          steps: steps.map((step, index) => ({ ...stepView(step), ...placeView(found?.places[index] ?? []) })),
          left: found?.end,
          ...standingView(standing(run, steps, deeds[0])),
          deeds: deeds.toReversed().map(deedView),
        } satisfies RunDetail);
      },
    }),
    route({
      method: 'GET',
      path: '/api/decisions',
      group: 'runs',
      summary: 'Decisions, newest first: which version judged, on which inputs from where, and what it gave.',
      right: 'read',
      query: decisionsQuery,
      async serve({ query: { decision, limit: max = 100 } }) {
        const newest = await store.decisions(decision === undefined ? max : decisionsMax);
        return ok(
          newest
            .filter((step) => decision === undefined || step.name === decision)
            .slice(0, max)
            .map(decisionView),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/api/decisions/latest',
      group: 'runs',
      summary: 'The newest decision that weighed the event its run began with (of one name, with `decision`); the fields of its output also stand beside it.',
      right: 'read',
      query: latestQuery,
      async serve({ query: { decision } }) {
        const newest = (await store.decisions(decisionsMax)).filter((step) => decision === undefined || step.name === decision);
        const latest = (decision === undefined ? newest.find(weighsEvent) : undefined) ?? newest[0];
        if (!latest) throw new Fault('NOT_FOUND', decision === undefined ? 'No decision has been taken yet.' : `No decision "${decision}" has been taken yet.`);
        const output = recorded(latest.output);
        return ok({ ...(typeof output === 'object' && !Array.isArray(output) ? output : {}), ...decisionView(latest) });
      },
    }),
  ];
}

function standingView({ version, actions, stuck }: Omit<RunStanding, 'event'>): Pick<RunDetail, 'version' | 'actions' | 'stuck'> {
  return { version, actions, stuck: stuck.map(({ id }) => id) };
}

function deedView({ atMs, actor, action, details }: AuditRecord): RunDeedView {
  return { at: instant(atMs), by: actor, action: action.replace(/^run\./, ''), details: recorded(details) };
}

export function runView(run: RunRecord, refused?: RequestRefusal, dueMs?: number): RunView {
  const { id, flow, key, position, status, release, protocol, startedMs, endedMs, reason } = run;
  const deadline = dueMs === undefined ? {} : { deadline: instant(dueMs) };
  const ended = endedMs === undefined ? undefined : instant(endedMs);
  return { id, flow, key, position, status, release, protocol, started: instant(startedMs), ended, ...deadline, reason, refused };
}

/** One that has failed may be made to go on; nobody waits for it until then. */
const timed: readonly RunStatus[] = ['active', 'queued', 'parked'];

function placeView(ids: readonly string[]): Pick<StepView, 'outline' | 'outlineOneOf'> {
  const [only, ...more] = ids;
  return more.length > 0 ? { outlineOneOf: ids } : { outline: only };
}

function stepView(step: StepRecord): StepView {
  const { id, kind, mode, name: what, issue, done, status, system, entity, revision, attempts, issuedMs, endedMs, dueMs } = step;
  return {
    id,
    kind,
    mode,
    name: what,
    issue,
    done,
    status,
    system,
    entity,
    revision,
    attempts,
    issued: instant(issuedMs),
    ended: endedMs === undefined ? undefined : instant(endedMs),
    due: dueMs === undefined ? undefined : instant(dueMs),
    input: recorded(step.input),
    output: recorded(step.output),
    // Written by the errand and by the decision itself only.
    history: historyOf(step),
  };
}

/** Whether one of its inputs came from the event that its run began with, not only from other decisions and answers. */
function weighsEvent(step: StepRecord): boolean {
  return Object.values(decisionOrigin(step)?.inputs ?? {}).some((origin) => origin.event !== undefined && origin.step === undefined);
}

/** Each input beside where it came from: the step, capability, system and version that answered, or the event. */
function decisionView(step: StepRecord): DecisionView {
  const taken = decisionOrigin(step);
  const values = recorded(step.input);
  const named: Readonly<Record<string, unknown>> = typeof values === 'object' && values !== null ? { ...values } : { input: values };
  const inputs = Object.fromEntries(Object.entries(named).map(([key, value]) => [key, { value, from: taken?.inputs[key] }]));
  return { decision: step.name, version: taken?.version, at: instant(step.issuedMs), run: step.run, step: step.id, inputs, output: recorded(step.output) };
}
