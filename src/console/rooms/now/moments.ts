// What just happened, newest first, and how new ones come without moving what is being read.
import type { NewestMoment } from '../../../api/overview.ts';
import { shownText } from '../../words/text.ts';

export interface NowMoment extends NewestMoment {
  /** Its own among those that are told at once, and the same each time. */
  readonly id: string;
}

/** Moments with what tells them apart: when, what kind, of which run. Several of one millisecond are counted through. */
export function withIds(moments: readonly NewestMoment[]): readonly NowMoment[] {
  const seen = new Map<string, number>();
  // Oldest first, so that one that comes does not give another the number of those before.
  return moments
    .toReversed()
    .map((moment) => {
      const mark = [moment.atMs, moment.kind, moment.run, moment.system].join(' ');
      const count = seen.get(mark) ?? 0;
      seen.set(mark, count + 1);
      return { ...moment, id: `${mark} ${count}` };
    })
    .toReversed();
}

export interface Shown {
  readonly moments: readonly NowMoment[];
  /** How many newer ones are held back. */
  readonly held: number;
}

/** While `hold`, keeps the rows that are shown where they are, but lets each tell its newest state. */
export function holdBack(shown: readonly NowMoment[], newest: readonly NowMoment[], hold: boolean): Shown {
  if (!hold || shown.length === 0) return { moments: newest, held: 0 };
  const now = new Map(newest.map((moment) => [moment.id, moment]));
  const known = new Set(shown.map(({ id }) => id));
  const top = Math.max(...shown.map(({ atMs }) => atMs));
  return { moments: shown.map((moment) => now.get(moment.id) ?? moment), held: newest.filter(({ id, atMs }) => !known.has(id) && atMs >= top).length };
}

/** How a moment stands now, as a status that has a look; what is open waits, but for a case. */
export function statusOf({ kind, status }: Pick<NewestMoment, 'kind' | 'status'>): string {
  return status === 'open' && kind !== 'exception' ? 'waiting' : status;
}

const standings: Readonly<Record<string, string>> = { waiting: 'waits', sent: 'is on its way', unknown: 'is read back to be sure', parked: 'is parked', refused: 'was refused' };

/** A moment in a sentence: who, how it stands where it is not done, and what. Instants become times of day by `clock`, money is in groups of digits. */
export function sentenceOf(moment: Pick<NewestMoment, 'title' | 'system' | 'kind' | 'status'>, systemTitle: string | undefined, clock: (ms: number) => string): Sentence {
  const title = shownText(moment.title, clock);
  const status = statusOf(moment);
  const standing = moment.kind === 'effect' || moment.kind === 'undo' ? (standings[status] ?? (status === 'done' ? '' : status)) : '';
  const who = systemTitle ?? '';
  const prefix = who === '' ? undefined : [`${who}: `, `Asks ${who}: `].find((words) => title.startsWith(words));
  if (prefix === undefined) return { who: '', standing, what: title };
  return { who, standing: prefix.startsWith('Asks') ? 'was asked' : standing, what: title.slice(prefix.length) };
}

export interface Sentence {
  /** The system, where there is one. */
  readonly who: string;
  readonly standing: string;
  readonly what: string;
}
