import { assert } from '../kernel/assert.ts';
import { Fault } from '../kernel/errors.ts';
import { shardsMax } from './shard.ts';
import type { AuditRecord, EventRecord, ExceptionRecord, RunRecord, RunStatus, StepRecord, Store, StoreReads } from './store.ts';

/** Places and numbers of a shard after the first begin here, times its number less one, so that each says which shard it is of. */
const shardStep = 10_000_000_000_000;
/** Events of one business key among which that of a run is looked for. */
const originsMax = 1_000;

/**
 * The logs of all shards as one, to be read. Events are those of the first shard, which like every shard has all of them; runs, steps,
 * cases and deeds are of any. A place in the log of another shard says so in its digits; within one shard the order is the log's, across
 * them it is that of the clocks.
 */
export function jointStore(shards: readonly StoreReads[]): Store {
  const [first] = shards;
  assert(first !== undefined && shards.length <= shardsMax, `a log has 1 to ${shardsMax} shards`);

  const placed = (shard: number, place: number): number => place + shard * shardStep;
  const of = (place: number): readonly [shard: number, place: number] => [Math.floor(place / shardStep), place % shardStep];

  /** What each shard gives, with the shard's number from 0. */
  async function each<Value, Given>(ask: (store: StoreReads) => Promise<readonly Value[]>, given: (value: Value, shard: number) => Given): Promise<Given[]> {
    const all = await Promise.all(shards.map(ask));
    return all.flatMap((values, shard) => values.map((value) => given(value, shard)));
  }

  async function one<Value, Given>(ask: (store: StoreReads) => Promise<Value | undefined>, given: (value: Value, shard: number) => Given): Promise<Given | undefined> {
    const all = await Promise.all(shards.map(ask));
    const shard = all.findIndex((value) => value !== undefined);
    const found = all[shard];
    return found === undefined ? undefined : given(found, shard);
  }

  const run = (record: RunRecord, shard: number): RunRecord => ({ ...record, position: placed(shard, record.position) });
  const event = (record: EventRecord, shard: number): EventRecord => ({ ...record, position: placed(shard, record.position) });
  const audit = (record: AuditRecord, shard: number): AuditRecord => ({ ...record, id: placed(shard, record.id) });
  const same = <Value>(value: Value): Value => value;
  const newestRuns = (a: RunRecord, b: RunRecord): number => b.startedMs - a.startedMs;
  const oldestSteps = (a: StepRecord, b: StepRecord): number => a.issuedMs - b.issuedMs;
  const newestCases = (a: ExceptionRecord, b: ExceptionRecord): number => b.openedMs - a.openedMs;

  /** Where the event of a run is told of: in the first shard, which has all that came from outside. */
  async function withOrigin(record: RunRecord, shard: number): Promise<RunRecord> {
    const here = shard === 0 ? undefined : await shards[shard]?.event(record.position);
    const [key] = Object.values(here?.keys ?? {});
    const told = here && key !== undefined ? (await first?.byKey(key, originsMax))?.events.find(({ source, id }) => source === here.source && id === here.id) : undefined;
    return told ? { ...record, position: told.position } : run(record, shard);
  }

  return {
    commit: async () => {
      throw new Fault('CONFLICT', 'The logs of several shards are written each by its own engine.');
    },
    compact: async () => ({ dropped: 0, next: undefined }),
    close: async () => undefined,

    async event(position) {
      const [shard, place] = of(position);
      const found = await shards[shard]?.event(place);
      return found && event(found, shard);
    },
    async eventsAt(positions) {
      const asked = Map.groupBy(positions, (position) => of(position)[0]);
      const found = await Promise.all(
        shards.map(async (store, shard) => {
          const places = asked.get(shard);
          return places ? (await store.eventsAt(places.map((position) => of(position)[1]))).map((record) => event(record, shard)) : [];
        }),
      );
      return found.flat();
    },
    eventsAfter: (position, limit) => first.eventsAfter(position, limit),
    eventsLatest: (filter) => first.eventsLatest(filter),
    eventsMatching: (filter) => first.eventsMatching(filter),
    lastPosition: () => first.lastPosition(),
    cursor: (name) => first.cursor(name),

    run: async (id) => one((store) => store.run(id), withOrigin),
    runs: async (filter) => (await each((store) => store.runs(filter), run)).toSorted(newestRuns).slice(0, filter.limit),
    liveRuns: async () => (await each((store) => store.liveRuns(), run)).toSorted((a, b) => a.startedMs - b.startedMs),
    releasesInUse: async () => [...new Set(await each((store) => store.releasesInUse(), same))],
    steps: (id) => each((store) => store.steps(id), same),
    stepsOf: async (runs) => (await each((store) => store.stepsOf(runs), same)).toSorted(inOrderOf(runs)),
    stepMarks: async (runs) => (await each((store) => store.stepMarks(runs), same)).toSorted(inOrderOf(runs)),
    openEffects: async () => (await each((store) => store.openEffects(), same)).toSorted(oldestSteps),
    effects: async (limit) => (await each((store) => store.effects(limit), same)).toSorted((a, b) => oldestSteps(b, a)).slice(0, limit),
    decisions: async (limit) => (await each((store) => store.decisions(limit), same)).toSorted((a, b) => oldestSteps(b, a)).slice(0, limit),

    exception: (id) => one((store) => store.exception(id), same),
    exceptions: async (filter) => (await each((store) => store.exceptions(filter), same)).toSorted(newestCases).slice(0, filter.limit),
    openNotices: () => each((store) => store.openNotices(), same),
    quarantined: async (limit) => (await each((store) => store.quarantined(limit), same)).toSorted((a, b) => b.atMs - a.atMs).slice(0, limit),
    /** Shard by shard, the last one first, so that `before` leads through all of it. */
    async audit({ before, ...filter }) {
      const [beforeShard, beforeId] = before === undefined ? [shards.length, 0] : of(before);
      const pages = await Promise.all(
        shards.map(async (store, shard) => {
          if (shard > beforeShard) return [];
          const page = await store.audit(shard === beforeShard ? { ...filter, before: beforeId } : filter);
          return page.map((record) => audit(record, shard));
        }),
      );
      return pages.toReversed().flat().slice(0, filter.limit);
    },
    release: (release) => one((store) => store.release(release), same),
    releases: () => first.releases(),
    async byKey(value, limit) {
      const trails = await Promise.all(shards.map((store) => store.byKey(value, limit)));
      // Each shard has logged the same event at a place of its own: it is told once, and all runs of it lead there.
      const known = new Map<string, EventRecord>();
      const places = new Map<number, number>();
      trails.forEach(({ events }, shard) => {
        for (const record of events) {
          const id = JSON.stringify([record.source, record.id]);
          const told = known.get(id) ?? event(record, shard);
          known.set(id, told);
          places.set(placed(shard, record.position), told.position);
        }
      });
      const runs = trails.flatMap((trail, shard) => trail.runs.map((record) => run(record, shard)));
      return {
        events: [...known.values()].toSorted((a, b) => a.receivedMs - b.receivedMs).slice(-limit),
        runs: runs
          .map((record) => ({ ...record, position: places.get(record.position) ?? record.position }))
          .toSorted((a, b) => newestRuns(b, a))
          .slice(-limit),
        exceptions: trails
          .flatMap(({ exceptions }) => exceptions)
          .toSorted((a, b) => newestCases(b, a))
          .slice(-limit),
      };
    },
    async counts() {
      const all = await Promise.all(shards.map((store) => store.counts()));
      const runs: Partial<Record<RunStatus, number>> = {};
      for (const counts of all) for (const [status, count] of Object.entries(counts.runs)) runs[status as RunStatus] = (runs[status as RunStatus] ?? 0) + count; // keys of `runs` are statuses
      const sum = (name: 'openEffects' | 'openExceptions' | 'quarantined'): number => all.reduce((total, counts) => total + counts[name], 0);
      return { events: all[0]?.events ?? 0, runs, openEffects: sum('openEffects'), openExceptions: sum('openExceptions'), quarantined: sum('quarantined') };
    },
  };
}

/** Compares things of runs by the places of their runs in a list. */
function inOrderOf(runs: readonly string[]): (a: { readonly run: string }, b: { readonly run: string }) => number {
  const places = new Map(runs.map((id, index) => [id, index]));
  return (a, b) => (places.get(a.run) ?? 0) - (places.get(b.run) ?? 0);
}
