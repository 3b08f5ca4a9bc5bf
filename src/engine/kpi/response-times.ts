import { eventType } from '../../model/contract.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import { markedRunsMax, type EventRecord, type ExceptionRecord, type Store } from '../../store/store.ts';
import { runIdOf } from '../flows/run-key.ts';
import { lastBefore } from '../log/last-before.ts';
import { instant } from '../stories/recorded-json.ts';
import { actionMeter, type ActionTimes } from './action-times.ts';
import { caseTimes, type CaseTimes } from './case-times.ts';
import { groupOfCase, groupOfEvent, groupsOfRun, type KpiGrouping } from './grouping.ts';
import { groupsOf, spreadOf, type Spread } from './spread.ts';

/** From events to their arrival at the hub. */
export interface DetectionTimes {
  readonly of: string;
  /** Event time → received by the hub; one whose sender's clock is ahead counts as 0. */
  readonly received: Spread;
  /** Events whose time is after their arrival: the clock of their sender is ahead. */
  readonly ahead: number;
}

/** What the figures were read from. */
export interface KpiReading {
  /** Events that were looked at, and when the hub took the first and the last of them. */
  readonly events: number;
  readonly first?: string;
  readonly last?: string;
  readonly runs: number;
  readonly cases: number;
  /** There are older events in the time that was asked for; the newest were read. */
  readonly eventsCut: boolean;
  /** The same of cases. */
  readonly casesCut: boolean;
}

/** How long it took from what happened to what was done, from the record. */
export interface ResponseTimes {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly by?: KpiGrouping;
  readonly read: KpiReading;
  readonly detection: readonly DetectionTimes[];
  readonly action: readonly ActionTimes[];
  readonly cases: readonly CaseTimes[];
}

export interface KpiQuestion {
  /** When the hub took the events and opened the cases, epoch milliseconds, both included. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly by?: KpiGrouping | undefined;
  /** Events that are read at most, the newest of the time. */
  readonly eventsMax: number;
}

const pageMax = 500;
/** Cases that are looked at: the newest of all, and the newest of those that are not resolved. */
const casesMax = 2_000;
/** What the hub asks of itself. */
const ownPrefix = 'lineshaft.';

/** Reads the record page by page; what is kept of a page are numbers. */
export async function responseTimes({ store, landscape }: { readonly store: Store; readonly landscape: Landscape }, question: KpiQuestion, nowMs: number): Promise<ResponseTimes> {
  const { by } = question;
  const [span, live] = await Promise.all([spanIn(store, question), store.liveRuns()]);
  const reader = pageReader({ store, landscape, by, live: new Set(live.map(({ id }) => id)), nowMs });
  for (let after = span.after; after < span.last;) {
    const page = await store.eventsAfter(after, Math.min(pageMax, span.last - after));
    await reader.take(page.filter(({ position, type }) => position <= span.last && !type.startsWith(ownPrefix)));
    after = page.at(-1)?.position ?? span.last;
  }
  const { cases, isCut } = await casesIn(store, question);
  const { events, firstMs, lastMs, runs, detection, action } = reader.told();
  return {
    at: instant(nowMs),
    ...(by !== undefined && { by }),
    read: {
      events,
      ...(firstMs !== undefined && { first: instant(firstMs) }),
      ...(lastMs !== undefined && { last: instant(lastMs) }),
      runs,
      cases: cases.length,
      eventsCut: span.isCut,
      casesCut: isCut,
    },
    detection,
    action,
    cases: caseTimes(cases, (record) => groupOfCase(landscape, by, record), nowMs),
  };
}

/** The places in the log that are read: after `after`, up to `last`. */
async function spanIn(store: Store, { fromMs, toMs, eventsMax }: KpiQuestion): Promise<{ readonly after: number; readonly last: number; readonly isCut: boolean }> {
  const begin = fromMs === undefined ? 0 : await lastBefore(store, fromMs);
  const last = toMs === undefined ? await store.lastPosition() : await lastBefore(store, toMs + 1);
  const after = Math.max(begin, last - eventsMax);
  // Places before it may be of events that were dropped.
  const [oldest] = after > begin ? await store.eventsAfter(begin, 1) : [];
  return { after, last, isCut: oldest !== undefined && oldest.position <= after };
}

interface PageParts {
  readonly store: Store;
  readonly landscape: Landscape;
  readonly by: KpiGrouping | undefined;
  readonly live: ReadonlySet<string>;
  readonly nowMs: number;
}

function pageReader({ store, landscape, by, live, nowMs }: PageParts) {
  const received = groupsOf<{ readonly tookMs: number[]; ahead: number }>(() => ({ tookMs: [], ahead: 0 }));
  const actions = actionMeter(nowMs);
  const flows = Map.groupBy(landscape.of('flow').values(), ({ on }) => eventType(on));
  let [events, runs] = [0, 0];
  let [firstMs, lastMs]: readonly (number | undefined)[] = [];

  async function takeRuns(asked: readonly { readonly id: string; readonly flow: Flow; readonly event: EventRecord }[]): Promise<void> {
    const marks = Map.groupBy(await store.stepMarks(asked.map(({ id }) => id)), ({ run }) => run);
    // With some events no run begins: they are signals to another, or are left out. One that took no step shows only in its own record.
    const stepless = await Promise.all(asked.filter(({ id }) => !marks.has(id) && !live.has(id)).map(async ({ id }) => store.run(id)));
    const over = new Set(stepless.map((run) => run?.id));
    for (const { id, flow, event } of asked) {
      if (!marks.has(id) && !live.has(id) && !over.has(id)) continue;
      runs += 1;
      const effects = (marks.get(id) ?? []).filter(({ kind }) => kind === 'effect');
      for (const [group, own] of groupsOfRun(landscape, by, flow.name, event, effects))
        actions.add(group, { run: id, event, effects: own, goesOn: live.has(id) && by !== 'system' });
    }
  }

  return {
    async take(page: readonly EventRecord[]): Promise<void> {
      for (const event of page) {
        const group = received.of(groupOfEvent(landscape, by, event));
        group.tookMs.push(Math.max(0, event.receivedMs - event.timeMs));
        if (event.timeMs > event.receivedMs) group.ahead += 1;
      }
      events += page.length;
      firstMs ??= page[0]?.receivedMs;
      lastMs = page.at(-1)?.receivedMs ?? lastMs;
      const asked = page.flatMap((event) => (flows.get(event.type) ?? []).map((flow) => ({ id: runIdOf(flow, event), flow, event })));
      for (let from = 0; from < asked.length; from += markedRunsMax) await takeRuns(asked.slice(from, from + markedRunsMax));
    },
    told: () => ({
      events,
      runs,
      firstMs,
      lastMs,
      detection: [...received.all].map(([of, { tookMs, ahead }]): DetectionTimes => ({ of, received: spreadOf(tookMs), ahead })).toSorted((a, b) => (a.of < b.of ? -1 : 1)),
      action: actions.told(),
    }),
  };
}

/** Those that were opened in the time: of the newest, and of the newest that are not resolved. */
async function casesIn(
  store: Store,
  { fromMs = 0, toMs = Number.POSITIVE_INFINITY }: KpiQuestion,
): Promise<{ readonly cases: readonly ExceptionRecord[]; readonly isCut: boolean }> {
  const [newest, unresolved] = await Promise.all([store.exceptions({ limit: casesMax }), store.exceptions({ status: 'unresolved', limit: casesMax })]);
  const all = new Map([...unresolved, ...newest].map((record) => [record.id, record]));
  return {
    cases: [...all.values()].filter(({ openedMs }) => openedMs >= fromMs && openedMs <= toMs),
    isCut: newest.length === casesMax && (newest.at(-1)?.openedMs ?? 0) >= fromMs,
  };
}
