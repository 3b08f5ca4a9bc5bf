import { Type } from 'typebox';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { RunRecord, RunStatus, StepRecord, Store } from '../store/store.ts';
import { fieldOf, instant, recorded } from '../engine/stories/recorded-json.ts';
import { eventView } from './event-view.ts';
import { limit, name } from './field.ts';
import { ok, route, type Route } from './route.ts';

/** Decisions that are looked through for those of one name. */
const decisionsMax = 1_000;
const statuses = ['active', 'queued', 'done', 'failed', 'parked', 'compensated'] as const satisfies readonly RunStatus[];
const runsQuery = schema(
  Type.Object(
    { flow: Type.Optional(name), status: Type.Optional(Type.Union(statuses.map((status) => Type.Literal(status)))), limit: Type.Optional(limit) },
    { additionalProperties: false },
  ),
);
const decisionsQuery = schema(Type.Object({ decision: Type.Optional(name), limit: Type.Optional(limit) }, { additionalProperties: false }));
const latestQuery = schema(Type.Object({ decision: Type.Optional(name) }, { additionalProperties: false }));

/** Runs of flows with their recorded steps, and the decisions that they took. */
export function runRoutes(store: Store): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/runs',
      group: 'runs',
      summary: 'Runs, newest first.',
      right: 'read',
      query: runsQuery,
      serve: async ({ query: { limit: max = 100, ...filter } }) => ok((await store.runs({ ...filter, limit: max })).map(runView)),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:id',
      group: 'runs',
      summary: 'One run with its event and every recorded step.',
      right: 'read',
      async serve({ params }) {
        const run = await store.run(params['id'] ?? '');
        if (!run) throw new Fault('NOT_FOUND', `No run is called "${(params['id'] ?? '').slice(0, 100)}".`);
        const [event, steps] = await Promise.all([store.event(run.position), store.steps(run.id)]);
        return ok({ ...runView(run), event: event && eventView(event), steps: steps.map(stepView) });
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

function runView({ id, flow, key, position, status, release, protocol, startedMs, endedMs, reason }: RunRecord): Readonly<Record<string, unknown>> {
  return { id, flow, key, position, status, release, protocol, started: instant(startedMs), ended: endedMs === undefined ? undefined : instant(endedMs), reason };
}

function stepView(step: StepRecord): Readonly<Record<string, unknown>> {
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
    history: recorded(step.history),
  };
}

/** Whether one of its inputs came from the event that its run began with, not only from other decisions and answers. */
function weighsEvent(step: StepRecord): boolean {
  const from = fieldOf(takenIn(step), 'inputs');
  return (
    typeof from === 'object' && from !== null && Object.values(from).some((origin: unknown) => fieldOf(origin, 'event') !== undefined && fieldOf(origin, 'step') === undefined)
  );
}

/** Which version judged, and where its inputs came from. */
function takenIn({ history }: StepRecord): unknown {
  const list = recorded(history);
  return Array.isArray(list) ? list[0] : undefined;
}

/** Each input beside where it came from: the step, capability, system and version that answered, or the event. */
function decisionView(step: StepRecord): Readonly<Record<string, unknown>> {
  const taken = takenIn(step);
  const values = recorded(step.input);
  const from = fieldOf(taken, 'inputs');
  const inputs =
    typeof values === 'object' && values !== null
      ? Object.fromEntries(Object.entries<unknown>({ ...values }).map(([key, value]) => [key, { value, from: fieldOf(from, key) }]))
      : values;
  return { decision: step.name, version: fieldOf(taken, 'version'), at: instant(step.issuedMs), run: step.run, step: step.id, inputs, output: recorded(step.output) };
}
