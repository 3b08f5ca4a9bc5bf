import type { Clock } from '../kernel/clock.ts';
import { endedStatuses, type ExceptionRecord, type RunStatus, type StepMark } from '../store/store.ts';
import type { Engine } from '../engine/engine.ts';
import { eventsSince } from '../engine/stories/events-since.ts';
import { newestMoments, type NewestMoment } from '../engine/stories/newest-moments.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import type { TrendBoard } from '../engine/trends/trend-board.ts';
import { exceptionView, type ExceptionView } from './exceptions.ts';
import { ok, route, type Route } from './route.ts';
import { systemView, type SystemView } from './systems.ts';
import { edgeView, type EdgeView, type TextView } from './trends.ts';
import { viewShapes } from './view-shapes.ts';

/** A case in a list: without its evidence and history. */
export type CaseLine = Omit<ExceptionView, 'context' | 'history' | 'recent'>;

/** The newest value of a signal. */
export interface SignalView {
  readonly signal: string;
  /** UCUM; `1` for none. */
  readonly unit: string;
  readonly edge: string;
  readonly atMs: number;
  readonly average: number;
  readonly target?: number;
}

/** Cases that are not resolved, counted. */
export interface CaseCounts {
  readonly open: number;
  readonly overdue: number;
}

/** How everything is now, in one answer. */
export interface OverviewView {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly atMs: number;
  readonly release: string;
  /** IANA zone of the plant: of the first site that has one. */
  readonly timeZone?: string | undefined;
  readonly exceptions: CaseCounts & {
    /** Cases that the counts below are of: all, or the newest of more. */
    readonly counted: number;
    readonly bySeverity: Readonly<Record<string, CaseCounts>>;
    readonly byOwner: Readonly<Record<string, CaseCounts>>;
    /** What is due first, overdue or not. */
    readonly next: readonly CaseLine[];
  };
  readonly systems: readonly SystemView[];
  readonly edges: readonly EdgeView[];
  readonly signals: readonly SignalView[];
  /** What the signals that are no numbers say now. */
  readonly texts: readonly TextView[];
  /** By status. */
  readonly runs: Readonly<Record<RunStatus, number>>;
  /** Of the newest active runs: how many wait for an event or a time, and how many do not. */
  readonly active: { readonly counted: number; readonly running: number; readonly waiting: number };
  readonly effects: { readonly open: number };
  readonly events: { readonly total: number; readonly lastMinute: number; readonly lastHour: number; readonly quarantined: number };
  /** Newest first, across all business keys. */
  readonly moments: readonly NewestMoment[];
}

export type { NewestMoment } from '../engine/stories/newest-moments.ts';

const casesMax = 200;
const nextMax = 10;
const activeMax = 50;
const momentsMax = 20;
const signalsMax = 500;
/** How long one answer is told again. */
const againMs = 500;

export interface OverviewParts {
  readonly engine: Engine;
  readonly trends: TrendBoard;
  readonly clock: Clock;
}

/** How everything is now. */
export function overviewRoutes(parts: OverviewParts): readonly Route[] {
  const { clock, engine } = parts;
  const [minute, hour] = [eventsSince(engine.store), eventsSince(engine.store)];
  let told: { readonly untilMs: number; readonly view: Promise<OverviewView> } | undefined;

  async function look(): Promise<OverviewView> {
    const { store, landscape } = engine;
    const nowMs = clock.now();
    const [counts, cases, active] = await Promise.all([store.counts(), store.exceptions({ status: 'unresolved', limit: casesMax }), activeRuns(engine)]);
    const [lastMinute, lastHour, moments] = await Promise.all([
      minute.count(nowMs - 60_000, counts.events),
      hour.count(nowMs - 3_600_000, counts.events),
      newestMoments(store, landscape, nowMs, momentsMax, active.marks),
    ]);
    return {
      at: instant(nowMs),
      atMs: nowMs,
      release: landscape.release,
      timeZone: plantZone(engine),
      exceptions: { ...caseCounts(cases, nowMs, engine), open: counts.openExceptions },
      systems: [...engine.systems.values()].map((known) =>
        systemView(
          known,
          engine.lanes().find((lane) => lane.system === known.system.name),
          nowMs,
          engine.modes,
        ),
      ),
      edges: parts.trends.edges().map((report) => edgeView(report, nowMs)),
      signals: signalsNow(parts.trends),
      texts: parts.trends.texts().slice(0, signalsMax),
      runs: { active: 0, queued: 0, done: 0, failed: 0, parked: 0, compensated: 0, ...counts.runs },
      active: active.counts,
      effects: { open: counts.openEffects },
      events: { total: counts.events, lastMinute, lastHour, quarantined: counts.quarantined },
      moments,
    };
  }

  return [
    route({
      method: 'GET',
      path: '/api/overview',
      group: 'overview',
      summary: 'How everything is now, in one answer: cases, systems, edges, signals, runs, events, and the newest moments across all business keys.',
      right: 'read',
      gives: viewShapes.overview,
      async serve() {
        if (!told || told.untilMs <= clock.now()) {
          const view = look();
          told = { untilMs: clock.now() + againMs, view };
          view.catch(() => (told = undefined));
        }
        return ok(await told.view);
      },
    }),
  ];
}

async function activeRuns({ store }: Engine): Promise<{ readonly marks: readonly StepMark[]; readonly counts: OverviewView['active'] }> {
  const runs = await store.runs({ status: 'active', limit: activeMax });
  const marks = await store.stepMarks(runs.map(({ id }) => id));
  const waiting = new Set(marks.filter(({ kind, done }) => (kind === 'wait' || kind === 'sleep') && done === undefined).map(({ run }) => run));
  // One that waits for an event and for an answer at once is at work.
  for (const { run, mode, status } of marks) if ((mode === 'call' || mode === 'attempt') && !endedStatuses.includes(status)) waiting.delete(run);
  return { marks, counts: { counted: runs.length, running: runs.length - waiting.size, waiting: waiting.size } };
}

function caseCounts(cases: readonly ExceptionRecord[], nowMs: number, { landscape }: Engine): Omit<OverviewView['exceptions'], 'open'> {
  const isOverdue = ({ dueMs }: ExceptionRecord): boolean => dueMs < nowMs;
  const counted = (group: readonly ExceptionRecord[] = []): CaseCounts => ({ open: group.length, overdue: group.filter(isOverdue).length });
  const by = (nameOf: (record: ExceptionRecord) => string): Readonly<Record<string, CaseCounts>> =>
    Object.fromEntries([...Map.groupBy(cases, nameOf)].map(([name, group]) => [name, counted(group)]));
  return {
    overdue: cases.filter(isOverdue).length,
    counted: cases.length,
    bySeverity: by(({ severity }) => severity),
    byOwner: by(({ owners }) => owners[0] ?? ''),
    next: cases
      .toSorted((a, b) => a.dueMs - b.dueMs)
      .slice(0, nextMax)
      .map((record) => {
        const { context: _context, history: _history, recent: _recent, ...line } = exceptionView(record, nowMs, landscape);
        return line;
      }),
  };
}

function signalsNow(trends: TrendBoard): readonly SignalView[] {
  return trends
    .newest()
    .slice(0, signalsMax)
    .flatMap(({ signal, unit, edge, points }) => points.map(({ atMs, average, target }) => ({ signal, unit, edge, atMs, average, ...(target !== undefined && { target }) })));
}

function plantZone({ landscape }: Engine): string | undefined {
  const zoned = [...landscape.of('asset').values()].filter(({ timeZone }) => timeZone !== undefined);
  return (zoned.find(({ level }) => level === 'site') ?? zoned[0])?.timeZone;
}
