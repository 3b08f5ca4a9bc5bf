import type { Clock } from '../kernel/clock.ts';
import type { Landscape } from '../model/landscape.ts';
import { spanMs, type LimitValues } from '../model/limit.ts';
import { eventType } from '../model/contract.ts';
import { Fault } from '../kernel/errors.ts';
import { stepsOf, type FlowOutline, type OutlineNode } from '../engine/graph/flow-outline.ts';
import { activityOf, recentRuns, type FlowActivity } from '../engine/graph/flow-activity.ts';
import type { Engine } from '../engine/engine.ts';
import type { LandscapeGraph } from '../engine/graph/landscape-graph.ts';
import type { Verb } from '../engine/graph/verb.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

export type { StepActivity } from '../engine/graph/flow-activity.ts';
export type { OutlineBranch, OutlineEnd, OutlineLoop, OutlineNode, OutlinePart, OutlineStep } from '../engine/graph/flow-outline.ts';

/** A step in the flat list. */
export interface FlowStepView {
  /** Its id in the outline. */
  readonly id: string;
  readonly line: number;
  readonly verb: Verb;
  readonly identifier: string | undefined;
  /** The node of the landscape that it is about, where the source tells. */
  readonly node: string | undefined;
  readonly title: string | undefined;
  readonly system: string | undefined;
}

/** One of the flows. */
export interface FlowSummary {
  readonly name: string;
  readonly title: string;
  /** Its doc comment. */
  readonly note: string | undefined;
  readonly owners: readonly string[];
  readonly site: { readonly file: string; readonly line: number };
  /** CloudEvents type of what starts it. */
  readonly on: string;
  readonly whenRunning: 'queue' | 'signal' | 'skip';
  /** Within what time a run has to be over, milliseconds, and what becomes of one that is not. */
  readonly withinMs?: number | undefined;
  readonly whenLate?: 'compensate' | 'tell' | undefined;
  readonly systems: readonly string[];
  /** In the order of the source; those of a function at each place where it is called. */
  readonly steps: readonly FlowStepView[];
  /** Whether some of the source could not be read. */
  readonly partial: boolean;
}

/** A flow as its source writes it. */
export interface FlowView extends FlowSummary {
  readonly outline: readonly OutlineNode[];
}

/** What the newest runs of a flow did, on its outline. */
export type FlowActivityView = FlowActivity;

/** How long an activity that was counted is told again. */
const activityMs = 1_000;

/** The flows as they are written, and what their runs did. */
export function flowRoutes({ landscape, store }: Pick<Engine, 'landscape' | 'store'>, graph: () => Promise<LandscapeGraph>, clock: Clock, limits: LimitValues): readonly Route[] {
  /** One for each flow of the landscape. */
  const counted = new Map<string, { readonly untilMs: number; readonly activity: Promise<FlowActivity> }>();

  async function outlineNamed(name: string): Promise<FlowOutline> {
    const outline = (await graph()).flows.get(name);
    if (!outline) throw new Fault('NOT_FOUND', `No flow is called "${name.slice(0, 100)}".`);
    return outline;
  }

  async function activity(name: string): Promise<FlowActivity> {
    const outline = await outlineNamed(name);
    const known = counted.get(name);
    if (known && known.untilMs > clock.now()) return known.activity;
    const counting = recentRuns(store, name).then((runs) => activityOf(name, outline, runs));
    counted.set(name, { untilMs: clock.now() + activityMs, activity: counting });
    counting.catch(() => counted.delete(name));
    return counting;
  }

  return [
    route({
      method: 'GET',
      path: '/api/flows',
      group: 'flows',
      summary: 'The flows: what starts each, who owns it, what a second event does.',
      right: 'read',
      gives: viewShapes.flows,
      async serve() {
        const read = await graph();
        return ok([...read.flows].flatMap(([name, outline]) => flowSummary(landscape, limits, read, name, outline) ?? []));
      },
    }),
    route({
      method: 'GET',
      path: '/api/flows/:name',
      group: 'flows',
      summary: 'One flow as its source writes it: its steps, forks, loops and parts as a tree, and the steps as a list.',
      right: 'read',
      gives: viewShapes.flow,
      async serve({ params }) {
        const name = params['name'] ?? '';
        const outline = await outlineNamed(name);
        const summary = flowSummary(landscape, limits, await graph(), name, outline);
        if (!summary) throw new Fault('NOT_FOUND', `No flow is called "${name.slice(0, 100)}".`);
        return ok({ ...summary, outline: outline.nodes } satisfies FlowView);
      },
    }),
    route({
      method: 'GET',
      path: '/api/flows/:name/activity',
      group: 'flows',
      summary: 'What the newest runs of a flow did at each step of its outline: counts, durations, and where they left it.',
      right: 'read',
      gives: viewShapes.activity,
      serve: async ({ params }) => ok(await activity(params['name'] ?? '')),
    }),
  ];
}

function flowSummary(landscape: Landscape, limits: LimitValues, { nodes }: LandscapeGraph, name: string, { nodes: outline, note, partial }: FlowOutline): FlowSummary | undefined {
  const flow = landscape.of('flow').get(name);
  const node = nodes.find(({ id }) => id === `flow:${name}`);
  if (!flow || !node) return undefined;
  const steps = stepsOf(outline).map(({ id, line, verb, identifier, node: about, title, system }) => ({
    id,
    line,
    verb,
    identifier,
    node: about,
    title: about === undefined ? undefined : title,
    system,
  }));
  return {
    name,
    title: flow.title,
    note,
    owners: node.owners,
    site: node.site,
    on: eventType(flow.on),
    whenRunning: flow.whenRunning,
    ...(flow.within !== undefined && { withinMs: spanMs(flow.within, limits), whenLate: flow.whenLate ?? 'compensate' }),
    systems: [...new Set(steps.flatMap(({ system }) => system ?? []))],
    steps,
    partial,
  };
}
