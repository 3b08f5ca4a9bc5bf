// Which cases the inbox shows, in which order, and how their due time is said.
import { spanWords } from '../../words/time.ts';
import type { ExceptionEntry, ExceptionView } from '../../../api/exceptions.ts';

export interface InboxFilter {
  readonly owner: string;
  /** Words that all must be found in what a case says of itself. */
  readonly text: string;
}

const severities: readonly string[] = ['critical', 'high', 'medium', 'low'];

/** Most urgent first: what is overdue, then the graver, then what is due sooner. What is resolved comes last, newest first. */
export function byUrgency(a: ExceptionView, b: ExceptionView): number {
  const isDone = (each: ExceptionView): boolean => each.status === 'resolved';
  if (isDone(a) !== isDone(b)) return isDone(a) ? 1 : -1;
  if (isDone(a)) return Date.parse(b.changed) - Date.parse(a.changed);
  if (a.overdue !== b.overdue) return a.overdue ? -1 : 1;
  const gravity = severities.indexOf(a.severity) - severities.indexOf(b.severity);
  return gravity === 0 ? Date.parse(a.due) - Date.parse(b.due) : gravity;
}

/** Cases that came while somebody looks, newest first, then the others by their urgency. */
export function ordered(cases: readonly ExceptionView[], fresh: ReadonlySet<string>): readonly ExceptionView[] {
  const isNew = ({ id, status }: ExceptionView): boolean => fresh.has(id) && status === 'open';
  const news = cases.filter(isNew).toSorted((a, b) => Date.parse(b.opened) - Date.parse(a.opened));
  return [...news, ...cases.filter((each) => !isNew(each)).toSorted(byUrgency)];
}

export function fits(each: ExceptionView, { owner, text }: InboxFilter): boolean {
  if (owner !== '' && !each.owners.includes(owner)) return false;
  const said = [each.summary, each.type, each.id, each.run ?? '', ...each.owners, ...Object.values(each.keys)].join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

/** `due in 52 min`, `overdue by 3 min`, both in whole units, so that they do not flicker. */
export function dueWords(dueMs: number, nowMs: number): string {
  const away = dueMs - nowMs;
  const size = Math.abs(away);
  const whole = size < 60_000 ? Math.floor(size / 1_000) * 1_000 : size < 3_600_000 ? Math.floor(size / 60_000) * 60_000 : Math.floor(size / 300_000) * 300_000;
  const words = whole < 1_000 ? 'now' : size < 10_000 ? `${whole / 1_000} s` : spanWords(whole);
  if (words === 'now') return 'due now';
  return away < 0 ? `overdue by ${words}` : `due in ${words}`;
}

/** What others did with a case since somebody saw it. Each change adds one entry and one version. */
export function meanwhile(seen: ExceptionView, now: ExceptionView): readonly ExceptionEntry[] {
  // Not by versions: what is only counted makes a version and no entry.
  return now.history.slice(seen.history.length);
}

/** Who did what, as a sentence without its full stop. */
export function entryWords({ by, action }: ExceptionEntry): string {
  const who = by === 'lineshaft' ? 'Lineshaft' : by;
  switch (action) {
    case 'opened':
      return `${who} opened the case`;
    case 'acknowledge':
      return `${who} took it on`;
    case 'resolve':
      return `${who} resolved it`;
    case 'accept':
      return `${who} said yes to it`;
    case 'escalate':
    case 'escalated':
      return `${who} passed it on`;
    case 'opened again':
      return `${who} opened it again`;
    case 'retry':
      return `${who} had it tried again`;
    case 'cancel':
      return `${who} gave it up`;
    case 'mark-done':
      return `${who} said that it was done`;
    case 'edit':
      return `${who} changed what is asked for`;
    case 'skip':
      return `${who} skipped the step`;
    case 'compensate':
      return `${who} had everything undone`;
    default:
      return `${who}: ${action}`;
  }
}
