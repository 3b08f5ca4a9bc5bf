import type { Clock } from '../../kernel/clock.ts';
import type { Landscape } from '../../model/landscape.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { Change, ExceptionRecord, Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { factsOf, remembered, withFacts, type CaseFacts } from './case-facts.ts';
import { withOrders } from './impact.ts';
import { noticesOf, type NoticeTargets } from './case-notices.ts';
import { newCase, withEntry, type Opening } from './opening.ts';

/**
 * The cases that are not resolved, by their causes. A cause that strikes again is counted in its case: the count is durable with
 * what it counts, the case's own record follows at most twice a second, and nobody is told again.
 */
export interface CaseBook {
  /** The changes that open the case, or count in the one that its cause has, for the commit that causes it; and that case's id. */
  file(opening: Opening): { readonly id: string; readonly changes: readonly Change[] };
  /** The case as it is, with everything that is under way; undefined where there is none. */
  find(id: string): Promise<ExceptionRecord | undefined>;
  /** The unresolved case of a cause. */
  ofCause(cause: string): ExceptionRecord | undefined;
  /** The cases that are not resolved. */
  unresolved(): Iterable<ExceptionRecord>;
  /**
   * Replaces a case by what `make` gives for it (undefined: nothing changes), with more changes in the same commit; resolves once
   * that is durable. `make` may raise Faults. Undefined too where another hub was faster.
   */
  change(id: string, make: (record: ExceptionRecord) => CaseChange | undefined): Promise<ExceptionRecord | undefined>;
  /** The changes that resolve the cases that fit, for the commit of what answers them: nothing may stand between this and that. */
  answer(fits: (record: ExceptionRecord) => boolean, made: (record: ExceptionRecord) => ExceptionRecord): readonly Change[];
  /** Told of every case that was opened, changed or resolved, as soon as that is decided. */
  watch(watcher: (record: ExceptionRecord) => void): void;
  /** Writes the counts that are not in the records yet. */
  flush(): void;
}

/** A next version of a case without its version, and what goes with it. */
export interface CaseChange {
  readonly record: ExceptionRecord;
  readonly more: readonly Change[];
  /** Whether it only tells or counts: what a person saw before it is still good to decide on. */
  readonly byMachine?: boolean;
}

export interface CaseBookParts {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly limits: LimitValues;
  readonly targets: NoticeTargets;
}

/** Cases that are looked after at once: the newest. An older cause that strikes again opens a new case. */
const casesMax = 10_000;
/** Ids of counted occurrences that one case remembers, so that one that is told twice counts once. */
const toldMax = 50;
const flushMs = 500;

interface Entry {
  record: ExceptionRecord;
  readonly told: Set<string>;
  /** Counted, and not in the record yet. */
  pending: CaseFacts | undefined;
}

/** Takes up what an earlier process left. */
export async function caseBook({ store, pipeline, landscape, clock, limits, targets }: CaseBookParts): Promise<CaseBook> {
  const entries = new Map<string, Entry>();
  const byCause = new Map<string, string>();
  const watchers: ((record: ExceptionRecord) => void)[] = [];
  const dirty = new Set<Entry>();
  let flushing = false;

  function keep(record: ExceptionRecord): Entry {
    const entry: Entry = { record, told: new Set([record.id]), pending: undefined };
    entries.set(record.id, entry);
    const { cause } = factsOf(record);
    if (cause !== undefined) byCause.set(cause, record.id);
    const oldest = entries.size > casesMax ? entries.keys().next().value : undefined;
    if (oldest !== undefined) forget(oldest);
    return entry;
  }

  function forget(id: string): void {
    const entry = entries.get(id);
    if (entry?.pending) pipeline.add(written(entry));
    entries.delete(id);
    const cause = entry && factsOf(entry.record).cause;
    if (cause !== undefined && byCause.get(cause) === id) byCause.delete(cause);
  }

  function reopenMs(type: string): number {
    const { reopenWithin } = landscape.of('exception').get(type) ?? {};
    return reopenWithin === undefined ? 0 : spanMs(reopenWithin, limits);
  }

  /** The case that counts this occurrence; one that was resolved too long ago is let go. */
  function caseOf(cause: string | undefined, nowMs: number): Entry | undefined {
    const id = cause === undefined ? undefined : byCause.get(cause);
    const entry = id === undefined ? undefined : entries.get(id);
    if (!entry || entry.record.status !== 'resolved') return entry;
    if (nowMs - entry.record.changedMs <= reopenMs(entry.record.type)) return entry;
    forget(entry.record.id);
    return undefined;
  }

  function tell(record: ExceptionRecord): void {
    for (const watcher of watchers) watcher(record);
  }

  function counted(entry: Entry, opening: Opening, nowMs: number): readonly Change[] {
    if (entry.told.has(opening.id)) return [];
    entry.told.add(opening.id);
    const oldest = entry.told.size > toldMax ? entry.told.values().next().value : undefined;
    if (oldest !== undefined) entry.told.delete(oldest);
    const facts = entry.pending ?? factsOf(entry.record);
    const { run, evidence } = opening;
    entry.pending = {
      ...facts,
      count: facts.count + 1,
      lastMs: nowMs,
      recent: remembered(facts.recent, { id: opening.id, atMs: nowMs, ...(run !== undefined && { run }), evidence }),
      impact: withOrders(facts.impact, opening.orders),
    };
    dirty.add(entry);
    flushLater();
    return [{ change: 'cursor.set', name: cursorOf(entry.record.id), position: entry.pending.count }];
  }

  function reopened(entry: Entry, opening: Opening, nowMs: number): readonly Change[] {
    const { record } = entry;
    const next: ExceptionRecord = {
      ...record,
      status: 'open',
      owners: opening.owners.map(({ name }) => name),
      openedMs: nowMs,
      dueMs: nowMs + (record.dueMs - record.openedMs),
      changedMs: nowMs,
      history: withEntry(record.history, { atMs: nowMs, by: 'lineshaft', action: 'opened again', note: 'its cause struck again' }),
    };
    const counting = counted(entry, opening, nowMs);
    const changes = put(entry, { record: next, more: noticesOf(opening, opening.owners, { nowMs, targets, landscape, about: `.${record.version + 1}` }) });
    return [...counting, ...changes];
  }

  /** The next version of an entry, with all that was counted. */
  function put(entry: Entry, { record, more, byMachine = false }: CaseChange): readonly Change[] {
    const version = entry.record.version + 1;
    const facts = entry.pending ?? factsOf(entry.record);
    entry.pending = undefined;
    entry.record = withFacts({ ...record, version }, { ...facts, decidedAt: byMachine ? facts.decidedAt : version });
    const changes: readonly Change[] = [{ change: 'exception.set', record: entry.record }, ...more];
    // What is resolved is kept only for as long as its cause may open it again.
    if (entry.record.status === 'resolved' && reopenMs(entry.record.type) === 0) forget(entry.record.id);
    tell(entry.record);
    return changes;
  }

  function flushLater(): void {
    if (flushing) return;
    flushing = true;
    clock.after(flushMs, () => {
      flushing = false;
      flush();
    });
  }

  function flush(): void {
    for (const entry of dirty) if (entry.pending) pipeline.add(written(entry));
    dirty.clear();
  }

  function written(entry: Entry): readonly Change[] {
    return put(entry, { record: { ...entry.record, changedMs: entry.pending?.lastMs ?? entry.record.changedMs }, more: [], byMachine: true });
  }

  async function entryOf(id: string): Promise<Entry | undefined> {
    const known = entries.get(id);
    if (known) return known;
    const record = await store.exception(id);
    return entries.get(id) ?? (record && { record, told: new Set([id]), pending: undefined });
  }

  for (const record of (await store.exceptions({ status: 'unresolved', limit: casesMax })).toReversed()) await takeUp(record);
  for (const type of landscape.of('exception').values()) {
    if (reopenMs(type.name) === 0) continue;
    for (const record of await store.exceptions({ status: 'resolved', type: type.name, limit: 100 })) {
      const { cause } = factsOf(record);
      if (cause !== undefined && !byCause.has(cause) && clock.now() - record.changedMs <= reopenMs(type.name)) await takeUp(record);
    }
  }

  /** What was counted in the last moments of an earlier process is in the count, though not in the record. */
  async function takeUp(record: ExceptionRecord): Promise<void> {
    const facts = factsOf(record);
    const entry = keep(record);
    const count = facts.cause === undefined ? facts.count : Math.max(facts.count, await store.cursor(cursorOf(record.id)));
    for (const { id } of facts.recent) entry.told.add(id);
    if (count === facts.count) return;
    entry.pending = { ...facts, count };
    dirty.add(entry);
    flushLater();
  }

  return {
    file(opening) {
      const nowMs = clock.now();
      const entry = caseOf(opening.cause, nowMs);
      if (!entry) {
        const record = newCase(opening, nowMs);
        if (!entries.has(record.id)) keep(record);
        tell(record);
        return { id: record.id, changes: [{ change: 'exception.open', ...record }, ...noticesOf(opening, opening.owners, { nowMs, targets, landscape })] };
      }
      return { id: entry.record.id, changes: entry.record.status === 'resolved' ? reopened(entry, opening, nowMs) : counted(entry, opening, nowMs) };
    },
    async find(id) {
      const entry = await entryOf(id);
      return entry && (entry.pending ? withFacts(entry.record, entry.pending) : entry.record);
    },
    ofCause(cause) {
      const entry = entries.get(byCause.get(cause) ?? '');
      return entry && entry.record.status !== 'resolved' ? entry.record : undefined;
    },
    *unresolved() {
      for (const { record } of entries.values()) if (record.status !== 'resolved') yield record;
    },
    async change(id, make) {
      const entry = await entryOf(id);
      const made = entry && make(entry.record);
      if (!entry || !made) return undefined;
      const before = { record: entry.record, pending: entry.pending };
      const changes = put(entry, made);
      const next = entry.record;
      const [result] = await pipeline.commit(changes);
      if (result?.taken !== false) return next;
      // Another hub changed it: what stands in the store counts.
      forget(id);
      const stored = await store.exception(id);
      if (stored && stored.status !== 'resolved') keep(stored).pending = before.pending && { ...factsOf(stored), count: before.pending.count };
      return undefined;
    },
    answer(fits, made) {
      const answered = [...entries.values()].filter(({ record }) => record.status !== 'resolved' && fits(record));
      return answered.flatMap((entry) => put(entry, { record: made(entry.record), more: [] }));
    },
    watch: (watcher) => void watchers.push(watcher),
    flush,
  };
}

const cursorPrefix = 'case.';

function cursorOf(id: string): string {
  return cursorPrefix + id;
}

/** Whether a cursor is the count of a case. */
export function isCaseCount(cursor: string): boolean {
  return cursor.startsWith(cursorPrefix);
}
