import type { EventRecord, RunRecord, StepRecord, Store } from '../store/store.ts';

/** Read together: a thousand runs in flight would else be thousands of questions to the store, one after the other. */
const pageMax = 500;

/** A run as it is on record. */
export interface RecordedRun {
  readonly record: RunRecord;
  readonly event: EventRecord;
  readonly steps: readonly StepRecord[];
}

/** Each run with its event and its steps, in the order given. */
export async function* recordedRuns(store: Store, runs: readonly RunRecord[]): AsyncGenerator<RecordedRun> {
  const shared = sharedTexts();
  for await (const [page, events, steps] of readAhead(pagesOf(runs), async (page) => {
    return [page, await eventsOf(store, page), await store.stepsOf(page.map(({ id }) => id))] as const;
  })) {
    const byRun = Map.groupBy(steps, ({ run }) => run);
    for (const record of page) {
      const event = events.get(record.position);
      if (event) yield { record: ownRun(record, shared), event: ownEvent(event, shared), steps: byRun.get(record.id) ?? [] };
    }
  }
}

/** The store reads a page while the one before it is worked on. */
async function* readAhead<Page, Read>(pages: readonly Page[], read: (page: Page) => Promise<Read>): AsyncGenerator<Read> {
  const begin = (index: number): Promise<Read> | undefined => {
    const page = pages[index];
    const begun = page === undefined ? undefined : read(page);
    // It is awaited after the page before it; until then a failure is not the process's.
    begun?.catch(() => undefined);
    return begun;
  };
  let next = begin(0);
  for (let index = 1; next; index += 1) {
    const now = await next;
    next = begin(index);
    yield now;
  }
}

/**
 * Rows come from another thread with texts and layouts of their own. Those that are kept for as long as a run waits are made like those of
 * a run that has just begun: measured, a third of what a waiting run costs more after a restart.
 */
function ownRun({ id, flow, key, position, status, release, protocol, startedMs, endedMs, reason }: RunRecord, shared: (text: string) => string): RunRecord {
  return { id, flow: shared(flow), key, position, status, release: shared(release), protocol, startedMs, endedMs, reason };
}

function ownEvent({ position, source, id, type, timeMs, receivedMs, keys, traceparent, principal, data }: EventRecord, shared: (text: string) => string): EventRecord {
  return { position, source: shared(source), id, type: shared(type), timeMs, receivedMs, keys: { ...keys }, traceparent, principal: shared(principal), data };
}

/** Texts that differ, each once. */
const sharedMax = 10_000;

function sharedTexts(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same === undefined && known.size < sharedMax) known.set(text, text);
    return same ?? text;
  };
}

/** An effect as it is on record, with its run and the event of that. */
export interface RecordedEffect {
  readonly step: StepRecord;
  readonly run: RunRecord;
  readonly event: EventRecord;
}

/** Each effect with its run, one of `runs` or one that has ended, in the order given. */
export async function* recordedEffects(store: Store, effects: readonly StepRecord[], runs: readonly RunRecord[]): AsyncGenerator<RecordedEffect> {
  if (effects.length === 0) return;
  const live = new Map(runs.map((run) => [run.id, run]));
  for (const page of pagesOf(effects)) {
    const found = await Promise.all(page.map(async (step) => ({ step, run: live.get(step.run) ?? (await store.run(step.run)) })));
    const events = await eventsOf(
      store,
      found.flatMap(({ run }) => run ?? []),
    );
    for (const { step, run } of found) {
      const event = run && events.get(run.position);
      if (event) yield { step, run, event };
    }
  }
}

async function eventsOf(store: Store, runs: readonly RunRecord[]): Promise<ReadonlyMap<number, EventRecord>> {
  return new Map((await store.eventsAt(runs.map(({ position }) => position))).map((event) => [event.position, event]));
}

function pagesOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / pageMax) }, (_, page) => items.slice(page * pageMax, (page + 1) * pageMax));
}
