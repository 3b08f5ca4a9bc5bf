import type { Landscape } from '../../model/landscape.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import type { RunRecord, StepMark, StepRecord, Store } from '../../store/store.ts';
import { instant } from './recorded-json.ts';
import { stepMoment, waitWords } from './step-moment.ts';
import type { Moment } from './story.ts';
import { readRefusals } from './request-refusal.ts';
import { eventMoment, exceptionMoments, runMoments } from './telling.ts';

/** Something that happened to anything that has a business key, in plain words. */
export interface NewestMoment {
  readonly atMs: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly kind: Moment['kind'];
  readonly title: string;
  readonly status: string;
  /** The business key that its story is found by. */
  readonly key?: string;
  readonly system?: string;
  readonly run?: string;
}

/** The newest moments across all keys, newest first. `active`: the marks of runs that are active, of which waits are told. */
export async function newestMoments(store: Store, landscape: Landscape, nowMs: number, limit: number, active: readonly StepMark[]): Promise<readonly NewestMoment[]> {
  const [events, runs, effects, decisions, exceptions] = await Promise.all([
    store.eventsLatest({ limit }),
    store.runs({ limit }),
    store.effects(limit),
    store.decisions(limit),
    store.exceptions({ limit }),
  ]);
  const waits = newest(
    active.filter(({ kind }) => kind === 'wait'),
    ({ issuedMs, endedMs }) => endedMs ?? issuedMs,
    limit,
  );
  const [keyOf, refusals] = await Promise.all([keysOfRuns(store, runs, [...effects, ...decisions, ...waits]), readRefusals(store, runs)]);
  const moments: readonly NewestMoment[] = [
    // What the hub asks of itself is told by the effects that follow.
    ...events
      .toReversed()
      .filter(({ type }) => !type.startsWith('lineshaft.'))
      .map((event) => told(eventMoment(event, landscape), mainKey(event.keys))),
    ...runs.toReversed().flatMap((run) => runMoments(run, landscape, refusals.get(run.id)).map((moment) => told(moment, run.key))),
    ...[...effects, ...decisions].toReversed().flatMap((step: StepRecord) => {
      const moment = stepMoment(step, landscape, nowMs);
      // What has ended happened when it ended.
      return moment ? [{ ...told(moment, keyOf.get(step.run)), ...since(step) }] : [];
    }),
    ...waits.toReversed().map((wait) => waitTold(wait, landscape, keyOf.get(wait.run))),
    ...exceptions.toReversed().flatMap((exception) => exceptionMoments(exception).map((moment) => told(moment, mainKey(exception.keys)))),
  ];
  return newest(moments, ({ atMs }) => atMs, limit);
}

/** Newest first. What began in the same millisecond is given in the order of causes, so the last of them is the newest. */
function newest<Item>(items: readonly Item[], timeOf: (item: Item) => number, limit: number): readonly Item[] {
  return items
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .toReversed()
    .slice(0, limit);
}

async function keysOfRuns(store: Store, known: readonly RunRecord[], steps: readonly { readonly run: string }[]): Promise<ReadonlyMap<string, string>> {
  const keys = new Map(known.map(({ id, key }) => [id, key]));
  const missing = [...new Set(steps.map(({ run }) => run))].filter((run) => !keys.has(run));
  for (const run of await Promise.all(missing.map(async (id) => store.run(id)))) if (run) keys.set(run.id, run.key);
  return keys;
}

/** The key that most people would look for. */
export function mainKey(keys: BusinessKeys): string | undefined {
  return keys.order ?? Object.values(keys)[0];
}

function told({ atMs, at, kind, title, status, system, run }: Moment, key: string | undefined): NewestMoment {
  return { atMs, at, kind, title, status, ...(key !== undefined && { key }), ...(system !== undefined && { system }), ...(run !== undefined && { run }) };
}

/** When a step ended, or else began. */
function since({ issuedMs, endedMs = issuedMs }: Pick<StepMark, 'issuedMs' | 'endedMs'>): Pick<NewestMoment, 'atMs' | 'at'> {
  return { atMs: endedMs, at: instant(endedMs) };
}

function waitTold(mark: StepMark, landscape: Landscape, key: string | undefined): NewestMoment {
  const { name, run, done, cameToNothing } = mark;
  const words = waitWords({ name, dueMs: undefined }, done === undefined ? 'waiting' : cameToNothing ? 'timed out' : 'came', landscape);
  return { ...since(mark), kind: 'wait', ...words, run, ...(key !== undefined && { key }) };
}
