import type { FieldUnits } from '../../model/field-units.ts';
import { evidenceOf } from '../exceptions/case-facts.ts';
import { withCounted } from '../exceptions/counted-cases.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { AuditRecord, EventRecord, ExceptionRecord, KeyTrail, RunRecord, StepRecord, Store } from '../../store/store.ts';
import { idOf, unitsIn } from '../graph/graph-node.ts';
import { messageId } from '../flows/key-lines.ts';
import { isDeed } from '../operations/run-standing.ts';
import { quarantineSubject } from '../quarantine/ward.ts';
import { fieldOf, instant, recorded } from './recorded-json.ts';
import { refusalsIn, type RequestRefusal } from './request-refusal.ts';
import { stepMoment } from './step-moment.ts';
import type { Mending, Moment, Story } from './story.ts';
import { systemStates } from './system-states.ts';

/** What a story is told from. */
export interface Telling {
  readonly key: string;
  readonly trail: KeyTrail;
  /** The steps of the trail's runs, by run. */
  readonly steps: ReadonlyMap<string, readonly StepRecord[]>;
  /** What people did about the trail's runs. */
  readonly deeds?: readonly AuditRecord[];
  /** What people made of the messages that its events came of, by position. */
  readonly mended?: ReadonlyMap<number, Mending | undefined>;
  readonly landscape: Landscape;
  readonly nowMs: number;
  readonly truncated: boolean;
}

/** Events, runs and exceptions of one key that a story holds at most, each. */
const recordsMax = 200;
/** Deeds of people that are told of one run. */
const deedsMax = 50;

/** Reads what one business key leads to and tells it. */
export async function tell(store: Store, landscape: Landscape, key: string, nowMs: number): Promise<Story> {
  const trail = await store.byKey(key, recordsMax);
  const steps = new Map(await Promise.all(trail.runs.map(async ({ id }) => [id, await store.steps(id)] as const)));
  const deeds = (await Promise.all(trail.runs.map(async ({ id }) => store.audit({ subject: id, limit: deedsMax })))).flat().filter(isDeed);
  const mended = new Map(
    await Promise.all(
      trail.events.map(async ({ position, source, id }) => [position, mendingIn(await store.audit({ subject: quarantineSubject(messageId(source, id)), limit: 5 }))] as const),
    ),
  );
  const truncated = [trail.events, trail.runs, trail.exceptions].some((list) => list.length >= recordsMax);
  const exceptions = await withCounted(store, trail.exceptions, trail.runs, [...steps.values()].flat());
  return storyOf({ key, trail: { ...trail, exceptions }, steps, deeds, mended, landscape, nowMs, truncated });
}

/** The story of one business key. Pure: the same records give the same story. */
export function storyOf(telling: Telling): Story {
  const { key, trail, steps, deeds = [], mended, landscape, nowMs, truncated } = telling;
  const all = [...steps.values()].flat();
  const refusals = refusalsIn(trail.runs, (run) => steps.get(run) ?? []);
  const endOf = new Map(trail.runs.map(({ id, endedMs }) => [id, endedMs]));
  const moments = [
    ...trail.events.map((event) => eventMoment(event, landscape, mended?.get(event.position))),
    ...trail.runs.flatMap((run) => runMoments(run, landscape, refusals.get(run.id))),
    ...all.flatMap((step) => stepMoment(step, landscape, nowMs, endOf.get(step.run)) ?? []),
    ...trail.exceptions.flatMap(exceptionMoments),
    ...deeds.flatMap((deed) => deedMoment(deed, trail.runs) ?? []),
  ];
  const systems = systemStates(all, landscape, nowMs);
  const produced = producedOf(trail.events, all, landscape);
  return {
    key,
    at: instant(nowMs),
    // Sorting is stable: what began in the same millisecond stays in the order of causes.
    timeline: moments.sort((a, b) => a.atMs - b.atMs),
    runs: trail.runs.map((run) => runSummary(run, landscape, refusals.get(run.id))),
    exceptions: trail.exceptions.map(({ id, type, status, owners, summary, dueMs }) => ({ id, type, status, owner: owners[0] ?? '', summary, due: instant(dueMs) })),
    systems,
    disagreements: systems.filter(({ agrees }) => !agrees),
    ...(produced && { produced }),
    units: unitsOf(moments, landscape),
    truncated,
  };
}

export function eventMoment(event: EventRecord, landscape: Landscape, mended?: Mending): Moment {
  const { position, id, source, type, timeMs, receivedMs, keys, principal, data } = event;
  const contract = landscape.contractOfType(type);
  return {
    atMs: receivedMs,
    at: instant(receivedMs),
    kind: 'event',
    title: `${contract?.title ?? type}${mended ? `, as ${mended.by} wrote it: ${mended.reason}` : ''}`,
    ...(contract && { definition: idOf(contract) }),
    status: 'logged',
    detail: { position, id, source, type, happened: instant(timeMs), keys, by: principal, data: recorded(data), ...(mended && { mended }) },
  };
}

/** What a person made of an event's message before it was taken, as the audit has it. */
function mendingIn(deeds: readonly AuditRecord[]): Mending | undefined {
  const deed = deeds.find(({ action }) => action === 'quarantine.released');
  const told = recorded(deed?.details);
  const data = fieldOf(told, 'data');
  if (!deed || data === undefined) return undefined;
  const before = fieldOf(told, 'before');
  return {
    message: deed.subject.replace(/^quarantine:/, ''),
    at: instant(deed.atMs),
    by: deed.actor,
    reason: String(fieldOf(told, 'reason')),
    ...(before !== undefined && { before }),
  };
}

export function runMoments(run: RunRecord, landscape: Landscape, refused: RequestRefusal | undefined): readonly Moment[] {
  const { id, flow, key, startedMs, endedMs, release } = run;
  const { status, reason } = endOf(run, refused);
  const title = landscape.of('flow').get(flow)?.title ?? flow;
  const common = { kind: 'run' as const, run: id, detail: { flow, key, release } };
  const begin: Moment = { ...common, atMs: startedMs, at: instant(startedMs), title: `${title} begins for ${key}`, status: endedMs === undefined ? status : 'begun' };
  if (endedMs === undefined) return [begin];
  return [
    begin,
    { ...common, atMs: endedMs, at: instant(endedMs), title: `${title} ends for ${key}${reason === undefined ? '' : `: ${reason}`}`, status, durationMs: endedMs - startedMs },
  ];
}

/** What was done to a case, as one tells it afterwards. */
const caseDeeds: Readonly<Record<string, string>> = {
  acknowledge: 'acknowledged the case',
  resolve: 'resolved the case',
  escalate: 'passed the case on',
  accept: 'accepted what is',
  retry: 'had it tried again',
  cancel: 'cancelled it',
  'mark-done': 'marked it as done',
  edit: 'corrected it',
  skip: 'had it skipped',
  compensate: 'had it taken back',
};

export function exceptionMoments(exception: ExceptionRecord): readonly Moment[] {
  const { id, type, owners, summary, openedMs, status, severity, keys, run } = exception;
  const common = { kind: 'exception' as const, ...(run !== undefined && { run }) };
  const opened: Moment = {
    ...common,
    atMs: openedMs,
    at: instant(openedMs),
    title: `Exception for ${owners.join(', ')}: ${summary}`,
    status,
    definition: `exception:${type}`,
    detail: { exception: id, type, severity, keys, context: evidenceOf(exception) },
  };
  const history = recorded(exception.history);
  const later = (Array.isArray(history) ? history : []).slice(1).map((entry: unknown): Moment => {
    const at = String(fieldOf(entry, 'at'));
    const note = fieldOf(entry, 'note');
    const action = String(fieldOf(entry, 'action'));
    const title = `${String(fieldOf(entry, 'by'))} ${caseDeeds[action] ?? `${action} (case)`}${typeof note === 'string' && note !== '' ? `: ${note}` : ''}`;
    return { ...common, atMs: Date.parse(at), at, title, status: action, detail: { exception: id } };
  });
  return [opened, ...later];
}

/** The units of all that the moments are declared as. */
function unitsOf(moments: readonly Moment[], landscape: Landscape): Story['units'] {
  const ids = new Set(moments.map(({ definition }) => definition));
  const declared = unitKinds.flatMap((kind) => [...landscape.of(kind).values()]).filter((definition) => ids.has(idOf(definition)));
  return Object.fromEntries(
    declared.flatMap((definition) => {
      const units = unitsIn(definition);
      return units ? [[idOf(definition), units]] : [];
    }),
  );
}

const unitKinds = ['contract', 'capability', 'decision', 'exception'] as const;

const deedWords: Readonly<Record<string, string>> = {
  'run.retry': 'has it go on',
  'run.edit': 'changes what is asked for',
  'run.skip': 'skips',
  'run.cancel': 'cancels the run; what it did is undone',
  'run.replay': 'replays the event',
};

/** What a person did about a run, and why. */
function deedMoment({ atMs, actor, action, subject, details }: AuditRecord, runs: readonly RunRecord[]): Moment | undefined {
  const run = runs.find(({ id }) => id === subject);
  if (!run) return undefined;
  const told = recorded(details);
  const [step, reason] = [fieldOf(told, 'step'), fieldOf(told, 'reason')];
  const about = typeof step === 'string' ? ` (${step})` : '';
  return {
    kind: 'run',
    atMs,
    at: instant(atMs),
    title: `${actor} ${deedWords[action] ?? action}${about}${typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''}`,
    status: action.replace(/^run\./, ''),
    run: run.id,
    detail: { flow: run.flow, key: run.key, release: run.release, deed: told },
  };
}

/** How a run ended as people understand it: a request that was refused is done for the hub alone. */
function endOf({ status, reason }: RunRecord, refused: RequestRefusal | undefined): { readonly status: string; readonly reason: string | undefined } {
  return refused ? { status: 'refused', reason: `refused: ${refused.text}` } : { status, reason };
}

function runSummary(run: RunRecord, landscape: Landscape, refused: RequestRefusal | undefined): Story['runs'][number] {
  const { id, flow, key, startedMs, endedMs } = run;
  const { status, reason } = endOf(run, refused);
  const title = landscape.of('flow').get(flow)?.title ?? flow;
  return { id, flow, title, key, status, started: instant(startedMs), ...(endedMs !== undefined && { ended: instant(endedMs) }), ...(reason !== undefined && { reason }) };
}

/** The newest count of what was produced: a number called `produced` in an event or in a system's answer. */
function producedOf(events: readonly EventRecord[], steps: readonly StepRecord[], landscape: Landscape): Story['produced'] {
  const told = [
    ...events.map(({ type, data, receivedMs, source }) => ({ value: recorded(data), atMs: receivedMs, from: source, units: landscape.contractOfType(type)?.units })),
    ...steps
      .filter(({ kind }) => kind === 'query' || kind === 'effect')
      .map(({ name, output, endedMs, issuedMs, system }) => ({
        value: fieldOf(recorded(output), 'value'),
        atMs: endedMs ?? issuedMs,
        from: system ?? '',
        units: landscape.of('capability').get(name)?.units?.output,
      })),
  ];
  let newest: (Omit<NonNullable<Story['produced']>, 'at'> & { readonly atMs: number }) | undefined;
  for (const { value, atMs, from, units } of told) {
    const quantity = fieldOf(value, 'produced');
    if (typeof quantity === 'number' && (!newest || atMs >= newest.atMs)) newest = { quantity, ...unitOf(units), from, atMs };
  }
  if (!newest) return undefined;
  const { atMs, ...rest } = newest;
  return { ...rest, at: instant(atMs) };
}

function unitOf(units: FieldUnits | undefined): { readonly unit?: string } {
  const unit = units?.['produced'];
  return typeof unit === 'string' ? { unit } : {};
}
