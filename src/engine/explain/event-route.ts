import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import { ownersOf } from '../../model/owner.ts';
import { shardOf } from '../../store/shard.ts';
import type { EventRecord } from '../../store/store.ts';
import { escalationPath } from '../exceptions/escalation.ts';
import type { Opening } from '../exceptions/opening.ts';
import { flowsByTypeIn } from '../flows/router.ts';
import { strandedCase } from '../flows/run-case.ts';
import { lateCase } from '../flows/late-run.ts';
import type { TimedRun } from '../flows/timed-run.ts';
import { freshRun, keyOf, runIdOf } from '../flows/run-key.ts';
import { stepsOf } from '../graph/flow-outline.ts';
import { idOf, titleOf } from '../graph/graph-node.ts';
import { landscapeGraph, type LandscapeGraph } from '../graph/landscape-graph.ts';
import { judgeOf } from '../log/judge.ts';
import { quarantinedCase, slotsHeld } from '../quarantine/bad-message.ts';
import type { Bounded } from '../edge/rule-guard.ts';
import { fieldOf } from '../stories/recorded-json.ts';
import { oversight, type Oversight } from '../watch/oversight.ts';
import { noWatch, type Subject } from '../watch/watch.ts';
import { waitsFor, type SourceWait } from './source-wait.ts';

/** The definition that says so. */
export interface Declared {
  /** Kind and name, e.g. `flow:packaging-bottleneck`. */
  readonly id: string;
  readonly title: string;
  readonly site: { readonly file: string; readonly line: number };
}

/** Whose a case would be, and to whom it goes where nobody acts; `afterMs` since it was opened. */
export interface RouteCase {
  readonly type: string;
  readonly class: string;
  readonly severity: 'low' | 'high';
  readonly owners: readonly Declared[];
  readonly dueMs: number;
  readonly escalations: readonly { readonly afterMs: number; readonly to: Declared; readonly why: string }[];
}

/** A flow that the event starts. */
export interface RouteStart {
  readonly flow: Declared;
  /** Absent where its `key()` threw: then `noKey` says what, and no run begins. */
  readonly key?: string;
  readonly noKey?: string;
  readonly run?: string;
  readonly shard?: number;
  /** What it comes to where a run of its key is active. */
  readonly whenRunning: Flow['whenRunning'];
  /** Of a flow that says within what time a run has to be over: what becomes of one that is not, and whose case that is. */
  readonly late?: { readonly withinMs: number; readonly whenLate: 'compensate' | 'tell'; readonly case: RouteCase };
  /** Where the run cannot go on. */
  readonly case: RouteCase;
  /** What its source raises, by what each exception declares; a flow may name another owner with `to`. */
  readonly raises: readonly (RouteCase & { readonly exception: Declared })[];
}

/** A wait that the event may end, where its keys are those that the run waits for. */
export interface RouteWait extends Omit<SourceWait, 'flow'> {
  readonly flow: Declared;
}

/** What a hub would do with one event. */
export interface EventRoute {
  readonly type: string;
  readonly keys: BusinessKeys;
  readonly contract?: Declared;
  readonly shards: number;
  /** Why it would lie in quarantine; absent where it is taken. */
  readonly quarantine?: {
    readonly reason: string;
    readonly holds: readonly { readonly flow: Declared; readonly key: string; readonly shard: number }[];
    readonly case?: RouteCase;
  };
  /** The reason of the filter of its contract that drops it. */
  readonly filtered?: string;
  readonly starts: readonly RouteStart[];
  readonly ends: readonly RouteWait[];
  /** Flows that wait for something that their source does not tell plainly. */
  readonly unread: readonly Declared[];
}

export interface EventRouteParts {
  readonly landscape: Landscape;
  readonly limits: LimitValues;
  readonly clock: Clock;
  readonly shards: number;
  /** Calls code of the landscape, and ends it where it does not come back. */
  readonly bounded: Bounded;
}

interface Told extends EventRouteParts {
  readonly over: Oversight;
  readonly graph: LandscapeGraph;
  readonly nowMs: number;
}

/**
 * Asks what takes events at a hub, in the order in which they are asked there. Nothing is recorded or sent. Raises LANDSCAPE_STALLED where code of the
 * landscape does not come back: a hub would be ended by its watchdog there.
 */
export async function eventRoute(event: unknown, parts: EventRouteParts): Promise<EventRoute> {
  const graph = await landscapeGraph(parts.landscape, parts.limits);
  const { over, refuse } = boundedOversight(graph, parts);
  const route = routeWith({ ...parts, over, graph, nowMs: parts.clock.now() }, event);
  refuse();
  return route;
}

/** Who asks may take what is raised for a broken event or key: it is told again at the end. */
function boundedOversight(graph: LandscapeGraph, { landscape, bounded }: EventRouteParts): { readonly over: Oversight; refuse(): void } {
  let stalled: Fault | undefined;
  const refuse = (): void => {
    if (stalled) throw stalled;
  };
  return {
    refuse,
    over: {
      ...oversight(noWatch),
      during(subject, work) {
        refuse();
        try {
          return bounded(work);
        } catch (error) {
          if (error instanceof Fault && error.code === 'LANDSCAPE_STALLED') stalled = stalledFault(graph, landscape, subject, error);
          throw stalled ?? error;
        }
      },
    },
  };
}

function stalledFault(graph: LandscapeGraph, landscape: Landscape, { kind, of }: Subject, error: Fault): Fault {
  const found = landscape.definitions.find((one) => one === of);
  const site = found && declared({ graph }, found).site;
  const place = site ? ` (${site.file}:${site.line})` : '';
  const what = kind === 'event' ? 'a filter in its "drop", or a key() of a flow on it,' : 'its key()';
  return new Fault('LANDSCAPE_STALLED', `${of.kind} ${of.name}${place}: ${what} ${error.message} with this event. The watchdog of a hub would end it.`, { of: of.name }, error);
}

function routeWith(told: Told, event: unknown): EventRoute {
  const { landscape, clock, shards } = told;
  const { change, bad } = judgeOf({ landscape, clock, oversight: told.over })(event, 'explain', 'outside');
  const claimed = fieldOf(event, 'type');
  const type = change.change !== 'quarantine.add' ? change.type : typeof claimed === 'string' ? claimed : '';
  const contract = landscape.contractOfType(type);
  const known = { type, shards, ...(contract && { contract: declared(told, contract) }) };
  if (change.change === 'quarantine.add') {
    const slots = bad ? slotsHeld(bad, { landscape, oversight: told.over }) : [];
    const holds = slots.map(({ flow, key }) => ({ flow: declared(told, flow), key, shard: shardOf(key, shards) }));
    const opening = bad && quarantinedCase(landscape, bad, slots);
    return { ...known, keys: opening?.keys ?? {}, quarantine: { reason: change.reason, holds, ...(opening && { case: caseOf(told, opening) }) }, starts: [], ends: [], unread: [] };
  }
  if (change.change === 'event.drop') return { ...known, keys: {}, filtered: change.reason, starts: [], ends: [], unread: [] };
  const record: EventRecord = { ...change, position: 0 };
  const { ends, unread } = waitsFor(landscape, told.graph, contract);
  return {
    ...known,
    keys: record.keys,
    starts: (flowsByTypeIn(landscape).get(type) ?? []).map((flow) => startOf(told, flow, record)),
    ends: ends.map(({ flow, ...wait }) => ({ flow: declared(told, flow), ...wait })),
    unread: unread.map((flow) => declared(told, flow)),
  };
}

function startOf(told: Told, flow: Flow, event: EventRecord): RouteStart {
  const { landscape, clock, shards, nowMs } = told;
  const id = runIdOf(flow, event);
  const keyless: Opening[] = [];
  const open = (opening: Opening): readonly [] => {
    keyless.push(opening);
    return [];
  };
  const key = keyOf({ landscape, clock, open, pipeline: { add: () => undefined }, oversight: told.over }, flow, event, { kind: 'key', key: id, of: flow }, false);
  const base = { flow: declared(told, flow), whenRunning: flow.whenRunning };
  const [opening] = keyless;
  if (opening) return { ...base, noKey: opening.summary, case: caseOf(told, opening), raises: [] };
  assert(key !== undefined, 'where there is no key there is a case of that');
  const record = freshRun(landscape.release, flow, id, key, event, nowMs);
  const parked = strandedCase(landscape, record, event, flow.owner, '', nowMs);
  return { ...base, ...lateOf(told, { record, flow, event }), key, run: id, shard: shardOf(key, shards), case: caseOf(told, parked), raises: raisesOf(told, flow) };
}

function lateOf(told: Told, run: TimedRun): Pick<RouteStart, 'late'> {
  const { landscape, limits, nowMs } = told;
  const { within, whenLate = 'compensate' } = run.flow;
  if (within === undefined) return {};
  const opening = lateCase(landscape, limits, run, whenLate === 'tell' ? 'goes on' : 'undone', [], nowMs);
  return { late: { withinMs: spanMs(within, limits), whenLate, case: caseOf(told, opening) } };
}

function raisesOf(told: Told, flow: Flow): RouteStart['raises'] {
  const { landscape, graph, limits, nowMs } = told;
  const raised = stepsOf(graph.flows.get(flow.name)?.nodes ?? []).flatMap(({ verb, node }) => (verb === 'raise' && node !== undefined ? [node] : []));
  return [...landscape.of('exception').values()]
    .filter((type) => raised.includes(idOf(type)))
    .map((type) => ({
      exception: declared(told, type),
      ...caseOf(told, { type: type.name, class: type.class, severity: type.severity, owners: ownersOf(type.owner), dueMs: nowMs + spanMs(type.due, limits) }),
    }));
}

function caseOf(told: Told, { type, class: of, severity, owners, dueMs }: Pick<Opening, 'type' | 'class' | 'severity' | 'owners' | 'dueMs'>): RouteCase {
  const { landscape, limits, nowMs } = told;
  const path = escalationPath({ status: 'open', owners: owners.map(({ name }) => name), openedMs: nowMs, dueMs, history: '[]' }, { landscape, limits });
  return {
    type,
    class: of,
    severity,
    owners: owners.map((owner) => declared(told, owner)),
    dueMs: dueMs - nowMs,
    escalations: path.map(({ atMs, to, why }) => ({ afterMs: atMs - nowMs, to: declared(told, to), why })),
  };
}

/** Versions of a contract share its id: the place tells them apart. */
function declared({ graph }: Pick<Told, 'graph'>, definition: Definition): Declared {
  const { file, line } = definition.site;
  const id = idOf(definition);
  const node = graph.nodes.find((one) => one.id === id && one.site.line === line && file.replaceAll('\\', '/').endsWith(one.site.file));
  return { id, title: titleOf(definition), site: node?.site ?? definition.site };
}
