import { hashId } from '../../src/kernel/ids.ts';
import { eventType } from '../../src/model/contract.ts';
import { endedStatuses, type EventRecord, type ExceptionRecord, type RunRecord, type StepRecord, type Store } from '../../src/store/store.ts';
import type { Counterpart, Entry } from './counterparts/counterpart.ts';
import { effectOf, eventKey, type Durable } from './durable.ts';
import type { Hub } from './hub.ts';
import { lateRuns } from './late-runs.ts';
import { undoable, undoneAsOne } from './landscape.ts';
import type { Mailbox } from './mailbox.ts';
import type { PlantEdge } from './plant-edge.ts';
import { disruptions, type Disruptions } from './planners-alert.ts';
import { drops } from './trials.ts';
import type { World } from './world.ts';

export interface Evidence {
  readonly world: World;
  readonly store: Store;
  readonly durable: Durable;
  readonly hub: Hub;
  readonly counterparts: Iterable<Counterpart>;
  readonly mailbox: Mailbox;
  /** Events whose senders may forget them: told that the hub has them, or kept by an edge. */
  readonly owed: Iterable<string>;
  /** The edge that hears a line. */
  readonly edgeOf: (line: string) => Pick<PlantEdge, 'listened'>;
  /** Counted here. */
  readonly disruptions: Disruptions;
}

export interface Facts extends Evidence {
  readonly events: readonly EventRecord[];
  readonly runs: readonly RunRecord[];
  /** By run, in the order of issue. */
  readonly steps: ReadonlyMap<string, readonly StepRecord[]>;
  readonly cases: readonly ExceptionRecord[];
  /** By our reference. */
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
}

const rowsMax = 100_000;
/** How much later than due a timer may fire, and how long before a deadline an event must have been there to count: busy turns, slow reads. */
export const slackMs = 3_000;

/** Everything that must hold once the world is at rest; each breach is told to the world. */
export async function judge(evidence: Evidence): Promise<void> {
  const { store } = evidence;
  const runs = await store.runs({ limit: rowsMax });
  const steps = new Map<string, readonly StepRecord[]>();
  for (const { id } of runs) steps.set(id, await store.steps(id));
  const facts: Facts = {
    ...evidence,
    events: await store.eventsAfter(0, rowsMax),
    runs,
    steps,
    cases: await store.exceptions({ limit: rowsMax }),
    entries: Map.groupBy(
      [...evidence.counterparts].flatMap(({ ledger }) => ledger).filter(({ reference }) => reference !== undefined),
      ({ reference }) => effectOf(reference ?? ''),
    ),
  };
  for (const rule of [
    effectsOnce,
    entityOrder,
    runsEnded,
    oneAtATime,
    compensations,
    eventsOnce,
    consequences,
    timers,
    signals,
    owners,
    notices,
    releases,
    disruptions,
    lateRuns,
    drops,
  ]) {
    const audit = await store.audit({ limit: rowsMax });
    for (const breach of rule(facts, audit)) evidence.world.broken(breach);
  }
}

export type Audit = Awaited<ReturnType<Store['audit']>>;

function effectsIn({ steps }: Facts): readonly StepRecord[] {
  return [...steps.values()].flat().filter(({ kind }) => kind === 'effect');
}

const keyOf = ({ run, id }: StepRecord): string => `${run}/${id}`;

/** One ledger entry per effect that is done, none for one that came to nothing, and no entry that nobody meant. */
function* effectsOnce(facts: Facts): Generator<string> {
  const known = new Set<string>();
  const overdue = new Set([...facts.hub.network.overdue].map(effectOf));
  for (const step of effectsIn(facts)) {
    const key = keyOf(step);
    known.add(key);
    const count = facts.entries.get(key)?.length ?? 0;
    // Its run was cancelled when it was not there after the declared time, and nothing is tried again that would refuse the late one: nobody can know.
    if (step.status === 'cancelled' && overdue.has(key) && count <= 1) continue;
    if (!endedStatuses.includes(step.status)) yield `${key} is ${step.status} for good`;
    else if (step.status === 'done' ? count !== 1 : count !== 0) yield `${key} is ${step.status} and stands ${count} times in the ledger of ${step.system}`;
  }
  for (const [reference, entries] of facts.entries) if (!known.has(reference)) yield `${entries[0]?.type} of ${entries[0]?.entity} for ${reference} was never intended on record`;
}

/** What was done to one entity of a system was done in the order in which it was meant. */
function* entityOrder(facts: Facts): Generator<string> {
  const byEntity = Map.groupBy(effectsIn(facts), ({ system, entity }) => `${system} ${entity}`);
  for (const [entity, steps] of byEntity) {
    // What was begun anew after a refusal has left its place in the queue.
    const done = steps.flatMap((step) => (facts.entries.get(keyOf(step)) ?? []).flatMap(({ reference, atMs }) => (reference === keyOf(step) ? [{ step, atMs }] : [])));
    const meant = done.toSorted((one, other) => (one.step.order ?? 0) - (other.step.order ?? 0));
    for (const [at, { step, atMs }] of meant.entries()) {
      const before = meant[at - 1];
      if (before && before.atMs > atMs) yield `at ${entity} ${keyOf(step)} was done before ${keyOf(before.step)}, which was meant earlier`;
    }
  }
}

/** Every run is done, compensated, or failed with a case that somebody owns or let go. */
function* runsEnded({ runs, cases }: Facts): Generator<string> {
  for (const { id, key, status, reason } of runs) {
    if (status === 'done' || status === 'compensated') continue;
    if (status !== 'failed') yield `run ${id} is ${status} for good (${reason})`;
    else if (!cases.some((each) => each.run === id || each.evidence.includes(id) || (each.type === 'capability-refused' && Object.values(each.keys).includes(key))))
      yield `run ${id} failed (${reason}) and is nobody's case`;
  }
}

/** Runs of one flow and key follow each other. */
function* oneAtATime({ runs, steps, hub, cases }: Facts): Generator<string> {
  if (hub.clockSteps > 0) return;
  for (const [slot, of] of Map.groupBy(runs, ({ flow, key }) => `${flow} ${key}`)) {
    const inOrder = of.toSorted((one, other) => one.position - other.position);
    for (const [at, run] of inOrder.entries()) {
      const before = inOrder[at - 1];
      const first = steps.get(run.id)?.[0];
      // One that had failed may have gone on later.
      const hasGoneOn = cases.some((each) => each.run === before?.id);
      if (before?.endedMs !== undefined && first && !hasGoneOn && first.issuedMs < before.endedMs) yield `${slot}: ${run.id} began before ${before.id} had ended`;
    }
  }
}

const undoPrefix = 'undo:';

/** A compensation undoes all that is done, the last first: calls in a row, posted effects in a row for each system. */
function* compensations(facts: Facts): Generator<string> {
  for (const run of facts.runs) {
    const steps = facts.steps.get(run.id) ?? [];
    const undos = steps.filter(({ id }) => id.startsWith(undoPrefix));
    const baseOf = ({ id }: Pick<StepRecord, 'id'>): StepRecord | undefined => steps.find((step) => step.id === id.slice(undoPrefix.length));
    for (const [lane, of] of Map.groupBy(undos, (undo) => (baseOf(undo)?.mode === 'post' ? `posted to ${undo.system}` : 'called'))) {
      // One that was refused is its owner's, and the others go on: asked anew, it comes when its owner says so.
      const firstOf = (undo: StepRecord): Entry | undefined => facts.entries.get(keyOf(undo))?.find(({ reference }) => reference === keyOf(undo));
      const done = of.map((undo) => ({ undo, base: baseOf(undo)?.issue ?? 0, atMs: firstOf(undo)?.atMs }));
      for (const [at, { undo, base, atMs }] of done.entries()) {
        const before = done[at - 1];
        if (!before) continue;
        if (before.base < base) yield `run ${run.id} undid what it ${lane} in the order of doing: ${before.undo.id} before ${undo.id}`;
        if (before.atMs !== undefined && atMs !== undefined && before.atMs > atMs) yield `run ${run.id}: ${undo.id} took effect before ${before.undo.id}`;
      }
    }
    if (run.status !== 'compensated') continue;
    const begun = undos.length > 0 ? Math.min(...undos.map(({ issue }) => issue)) : Number.POSITIVE_INFINITY;
    for (const step of steps) {
      const counts = step.kind === 'effect' && !step.id.startsWith(undoPrefix) && step.status === 'done' && step.issue < begun;
      const isUndone = undos.some(({ id, entity }) => id === `${undoPrefix}${step.id}` || (undoneAsOne(step.id) && entity === step.entity && baseOf({ id })?.name === step.name));
      if (counts && undoable[run.flow]?.(step.id, step.mode) === true && !isUndone) yield `run ${run.id} is compensated without ${undoPrefix}${step.id}`;
    }
  }
}

/** What somebody may forget is in the log, once. */
function* eventsOnce({ events, owed, world: { trials } }: Facts): Generator<string> {
  const counts = new Map<string, number>();
  for (const { source, id } of events) counts.set(eventKey(source, id), (counts.get(eventKey(source, id)) ?? 0) + 1);
  for (const [key, count] of counts) if (count > 1) yield `the event ${key} is ${count} times in the log`;
  for (const key of owed) if (!counts.has(key) && !trials.told.has(key)) yield `the event ${key} was acknowledged and is not in the log`;
}

/** Every event has started its flows, or it is on record why not. */
function* consequences({ events, runs, world, cases }: Facts, audit: Audit): Generator<string> {
  const started = new Set(runs.map(({ id }) => id));
  const left = new Set(audit.flatMap(({ action, details }) => (action === 'event.left-to-run' || action === 'event.skipped' ? [positionIn(details)] : [])));
  for (const event of events)
    for (const flow of world.landscape.of('flow').values()) {
      if (eventType(flow.on) !== event.type || started.has(`${flow.name}:${hashId(flow.name, event.source, event.id).slice(0, 16)}`)) continue;
      const isCase = cases.some(({ type }) => type === 'run-not-started');
      if (!left.has(event.position) && !isCase) yield `${flow.name} never started for event ${event.position} (${event.type} ${event.id})`;
    }
}

function positionIn(details: string): unknown {
  const parsed: unknown = JSON.parse(details);
  return typeof parsed === 'object' && parsed !== null && 'position' in parsed ? parsed.position : undefined;
}

/** No sleep or wait ends early, and none late but for the time in which there was no hub. */
function* timers({ steps, hub, world }: Facts): Generator<string> {
  for (const step of [...steps.values()].flat()) {
    const { kind, dueMs, endedMs, output } = step;
    if ((kind !== 'sleep' && kind !== 'wait') || dueMs === undefined || endedMs === undefined || output !== 'null') continue;
    // A run that was cancelled waits for nothing any more.
    if (step.status === 'cancelled') continue;
    if (endedMs < dueMs) yield `${keyOf(step)} ended ${dueMs - endedMs} ms before it was due`;
    if (hub.clockSteps > 0) continue;
    const upMs = hub.starts.findLast((startMs) => startMs <= endedMs) ?? 0;
    const lateMs = endedMs - Math.max(dueMs, upMs);
    if (lateMs > slackMs) yield `${keyOf(step)} ended ${lateMs} ms after it was due (${new Date(dueMs - world.scene.startMs).toISOString().slice(14, 23)} of the play)`;
  }
}

/** No wait has come to nothing where the event that it waited for was there. */
function* signals({ steps, runs, events, durable, hub }: Facts): Generator<string> {
  if (hub.clockSteps > 0) return;
  for (const run of runs) {
    const waits = (steps.get(run.id) ?? []).filter(({ kind }) => kind === 'wait');
    const taken = new Set(waits.map(({ output }) => positionIn(output ?? 'null')));
    for (const wait of waits) {
      const { output, endedMs } = wait;
      if (output !== 'null' || endedMs === undefined) continue;
      const missed = events.find((event) => {
        const committedMs = durable.events.get(eventKey(event.source, event.id)) ?? Number.POSITIVE_INFINITY;
        return event.position > run.position && !taken.has(event.position) && isAwaited(wait, event) && committedMs < endedMs - slackMs;
      });
      if (missed) yield `${keyOf(wait)} came to nothing, though event ${missed.position} (${missed.id}) was in the log`;
    }
  }
}

function isAwaited({ input }: StepRecord, event: EventRecord): boolean {
  // Written by the wait itself.
  const asked = JSON.parse(input) as { readonly type: string; readonly keys: Readonly<Record<string, string>> };
  const keys: Readonly<Record<string, string | undefined>> = event.keys;
  return asked.type === event.type && Object.entries(asked.keys).every(([name, value]) => keys[name] === value);
}

/** No case without an owner, and nothing waits for a person without a case. */
function* owners({ cases }: Facts): Generator<string> {
  for (const { id, type, owners: named, status, actions } of cases) {
    if (named.length === 0) yield `the exception ${id} (${type}) has no owner`;
    if (status !== 'resolved' && actions.includes('cancel')) yield `the exception ${id} (${type}) still waits for its owner`;
  }
}

/** Every owner was told of every case, also those to whom it was passed on. */
function* notices({ cases, mailbox }: Facts): Generator<string> {
  const told = [...mailbox.messages.keys()];
  for (const { id, type, owners: named } of cases)
    for (const owner of named)
      if (!told.some((message) => message.startsWith(`${id}.${owner}@`) || message.startsWith(`${id}.${owner}.`))) yield `${owner} was never told of the exception ${id} (${type})`;
}

/** A run goes on, and is sent, by the release that it began on, unless somebody has moved it. */
function* releases({ runs, cases, entries, steps }: Facts, audit: Audit): Generator<string> {
  for (const { id, summary } of cases.filter(({ type }) => type === 'replay-diverged')) yield `the exception ${id} says that a run does not fit its release: ${summary}`;
  const moved = new Set(audit.filter(({ action, details }) => action.startsWith('run.') && details.includes('"release":')).map(({ subject }) => subject));
  for (const run of runs)
    for (const step of moved.has(run.id) ? [] : (steps.get(run.id) ?? []))
      for (const {
        data: { release },
      } of entries.get(keyOf(step)) ?? [])
        if (typeof release === 'string' && release !== run.release) yield `${keyOf(step)} is of the ${run.release} release and was sent by the ${release} one`;
}
