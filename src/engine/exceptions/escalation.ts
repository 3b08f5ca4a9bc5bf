import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { durationText } from '../../kernel/duration.ts';
import type { ExceptionClass } from '../../model/exception-class.ts';
import type { Landscape } from '../../model/landscape.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { Owner } from '../../model/owner.ts';
import type { ExceptionRecord } from '../../store/store.ts';
import { recorded } from '../stories/recorded-json.ts';
import type { CaseBook, CaseChange } from './case-book.ts';
import { evidenceOf, factsOf } from './case-facts.ts';
import { noticesOf, type NoticeTargets } from './case-notices.ts';
import { withEntry, type CaseEntry } from './opening.ts';

/** A case that goes to a further owner, unless its present ones act before. */
export interface Escalation {
  readonly atMs: number;
  readonly from: Owner;
  readonly to: Owner;
  readonly why: string;
}

interface Chain {
  readonly landscape: Landscape;
  readonly limits: LimitValues;
}

/** What of a case says when it goes on to whom. */
type Escalating = Pick<ExceptionRecord, 'status' | 'owners' | 'openedMs' | 'dueMs' | 'history'>;

/** The next one that is due, as the record and the owners' chains say: nothing of it lies in the memory of a process. */
export function nextEscalation(record: Escalating, { landscape, limits }: Chain): Escalation | undefined {
  if (record.status === 'resolved') return undefined;
  return holdersOf(record)
    .flatMap(({ name, sinceMs }) => {
      const from = landscape.of('owner').get(name);
      return from ? deadlines(record, from, sinceMs, limits) : [];
    })
    .toSorted((a, b) => a.atMs - b.atMs)[0];
}

/** How a case goes from owner to owner where nobody ever acts; each of them passes it on once at most. */
export function escalationPath(record: Escalating, chain: Chain): readonly Escalation[] {
  const next = nextEscalation(record, chain);
  return next ? [next, ...escalationPath(passedTo(record, next, 'lineshaft', next.atMs), chain)] : [];
}

/** The case with its next owner. */
function passedTo<Case extends Escalating>(record: Case, { from, to, why }: Omit<Escalation, 'atMs'>, by: string, nowMs: number): Case {
  const entry: CaseEntry = { atMs: nowMs, by, action: 'escalated', note: why, from: from.name, to: to.name };
  return { ...record, owners: [...new Set([...record.owners, to.name])], history: withEntry(record.history, entry) };
}

function deadlines(record: Escalating, from: Owner, sinceMs: number, limits: LimitValues): readonly Escalation[] {
  const { escalatesTo: to, acknowledgeWithin, resolveWithin } = from;
  if (!to) return [];
  const acknowledgeMs = acknowledgeWithin === undefined ? (resolveWithin === undefined ? record.dueMs - record.openedMs : undefined) : spanMs(acknowledgeWithin, limits);
  const resolveMs = resolveWithin === undefined ? undefined : spanMs(resolveWithin, limits);
  return [
    ...(record.status === 'open' && acknowledgeMs !== undefined
      ? [{ atMs: sinceMs + acknowledgeMs, from, to, why: `${from.title} did not acknowledge it within ${durationText(acknowledgeMs)}` }]
      : []),
    ...(resolveMs === undefined ? [] : [{ atMs: sinceMs + resolveMs, from, to, why: `${from.title} did not resolve it within ${durationText(resolveMs)}` }]),
  ];
}

interface Passed extends CaseEntry {
  readonly at: string;
}

/** The escalations since the case was opened, oldest first. */
export function escalationsOf(record: Pick<ExceptionRecord, 'history'>): readonly Passed[] {
  // Written by withEntry() only.
  const entries = (recorded(record.history) ?? []) as readonly Passed[];
  const opened = entries.findLastIndex(({ action }) => action === 'opened again');
  return entries.slice(opened + 1).filter(({ action, to }) => action === 'escalated' && to !== undefined);
}

/** Who has the case and has not passed it on, and since when. */
function holdersOf(record: Escalating): readonly { readonly name: string; readonly sinceMs: number }[] {
  const passed = escalationsOf(record);
  const since = new Map(passed.map(({ to, at }) => [to, Date.parse(at)]));
  const gone = new Set(passed.map(({ from }) => from));
  return record.owners.filter((name) => !gone.has(name)).map((name) => ({ name, sinceMs: since.get(name) ?? record.openedMs }));
}

/** From whom a person may pass it on. */
export function passableFrom(record: ExceptionRecord, landscape: Landscape): Owner | undefined {
  return holdersOf(record)
    .flatMap(({ name }) => landscape.of('owner').get(name) ?? [])
    .find(({ escalatesTo }) => escalatesTo && !record.owners.includes(escalatesTo.name));
}

/** Watches over the deadlines of all cases and tells the next owner. */
export interface Escalations {
  /** Passes a case on now, as a person asks for it. Raises CONFLICT where there is nobody further. */
  byHand(record: ExceptionRecord, by: string, note: string): CaseChange;
  close(): void;
}

interface EscalationParts extends Chain {
  readonly book: CaseBook;
  readonly clock: Clock;
  readonly targets: NoticeTargets;
  readonly onBug: (error: unknown) => void;
}

export function escalations(parts: EscalationParts): Escalations {
  const { book, clock, targets, landscape, onBug } = parts;
  const timers = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  let closed = false;

  function look(record: ExceptionRecord): void {
    const next = closed ? undefined : nextEscalation(record, parts);
    const planned = timers.get(record.id);
    if (planned?.atMs === next?.atMs) return;
    planned?.cancel();
    timers.delete(record.id);
    if (next) timers.set(record.id, { atMs: next.atMs, cancel: clock.at(next.atMs, () => due(record.id)) });
  }

  function due(id: string): void {
    timers.delete(id);
    if (closed) return;
    book
      .change(id, (record) => {
        const next = nextEscalation(record, parts);
        return next && next.atMs <= clock.now() ? passedOn(record, next, 'lineshaft') : undefined;
      })
      .then(async (record) => {
        const now = record ?? (await book.find(id));
        if (now) look(now);
      })
      .catch(onBug);
  }

  function passedOn(record: ExceptionRecord, { from, to, why }: Omit<Escalation, 'atMs'>, by: string): CaseChange {
    const nowMs = clock.now();
    const next = { ...passedTo(record, { from, to, why }, by, nowMs), changedMs: nowMs };
    const words = {
      ...record,
      // Written from an Opening only.
      class: record.class as ExceptionClass,
      // The same.
      severity: record.severity as 'low' | 'high',
      owners: next.owners.flatMap((name) => landscape.of('owner').get(name) ?? []),
      summary: `Escalated to ${to.title}: ${record.summary}`,
      evidence: evidenceOf(record),
      suggestions: [`${why}.`],
      orders: factsOf(record).impact.orders,
    };
    return {
      record: next,
      more: [
        ...noticesOf(words, [to], { nowMs, targets, landscape, about: `.escalated-${escalationsOf(next).length}` }),
        { change: 'audit.add', atMs: nowMs, actor: by, action: 'exception.escalated', subject: record.id, details: JSON.stringify({ from: from.name, to: to.name, why }) },
      ],
      byMachine: by === 'lineshaft',
    };
  }

  book.watch(look);
  for (const record of book.unresolved()) look(record);
  return {
    byHand(record, by, note) {
      const from = passableFrom(record, landscape);
      if (!from?.escalatesTo) throw new Fault('CONFLICT', `Exception ${record.id} is with the last of its owners already: ${record.owners.join(', ')}.`, { owners: record.owners });
      return passedOn(record, { from, to: from.escalatesTo, why: note === '' ? `${by} passed it on` : note }, by);
    },
    close() {
      closed = true;
      for (const { cancel } of timers.values()) cancel();
    },
  };
}
