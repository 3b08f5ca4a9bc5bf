import { Type, type Static } from 'typebox';
import { subjectId, type Conviction, type Subject } from '../../engine/watch/watch.ts';
import { schema } from '../../kernel/schema.ts';

const subject = Type.Object({
  kind: Type.Union([
    Type.Literal('run'),
    Type.Literal('key'),
    Type.Literal('effect'),
    Type.Literal('system'),
    Type.Literal('event'),
    Type.Literal('webhook'),
    Type.Literal('ask'),
    Type.Literal('replay'),
    Type.Literal('rule'),
  ]),
  key: Type.String(),
  of: Type.Object({ kind: Type.String(), name: Type.String() }),
});
const place = { at: Type.Optional(Type.String()), stack: Type.Array(Type.String()) };
const conviction = Type.Object({ subject, atMs: Type.Number(), forMs: Type.Optional(Type.Number()), ...place, deaths: Type.Number() });
const stall = Type.Object({ atMs: Type.Number(), forMs: Type.Number(), subject: Type.Optional(subject), ...place });
const life = Type.Object({
  /** False after a close: whatever ended the process before that was no accident. */
  running: Type.Boolean(),
  /** The last end had no name: it counts for whom the next one names, if that was left by it. */
  unnamed: Type.Boolean(),
  /** How many processes in a row ended while it ran, with nothing committed since; `among` others, of which one may have been the reason. */
  deaths: Type.Array(Type.Object({ subject, count: Type.Number(), among: Type.Optional(Type.Boolean()) })),
  /** What is to be carried out. */
  convictions: Type.Array(conviction),
  /** What came from outside and is refused for good, by subject id. */
  barred: Type.Array(Type.String()),
});
export const markShape = schema(Type.Object({ subjects: Type.Array(subject), left: Type.Boolean(), ...place }));
export const stallShape = schema(stall);
export const lifeShape = schema(life);

/** What is known of the processes before this one. */
export interface Life extends Omit<Static<typeof life>, 'deaths' | 'convictions' | 'barred'> {
  readonly deaths: readonly { readonly subject: Subject; readonly count: number; readonly among?: boolean }[];
  readonly convictions: readonly Conviction[];
  readonly barred: readonly string[];
}
/** Whose code ran when a process ended, and where, as far as that is known. */
export interface Mark extends Pick<Conviction, 'at' | 'stack'> {
  /** Several that ran in one turn. */
  readonly subjects: readonly Subject[];
  /** By the process before: it may have ended by it too. */
  readonly left: boolean;
}
/** What the watchdog found when it stopped a process. */
export interface Stall extends Omit<Conviction, 'subject' | 'deaths'> {
  readonly subject?: Subject;
  readonly forMs: number;
}

export const firstLife: Life = { running: false, unnamed: false, deaths: [], convictions: [], barred: [] };

/** Ends in a row after which a subject is not run again. */
export const deathsMax = 3;
const deathsKept = 100;
const barredMax = 1_000;

/** What follows for a process from how the one before it ended: what the watchdog found, and whose mark stood. */
export function judged(before: Life, stall: Stall | undefined, marked: Mark | undefined, nowMs: number): { readonly life: Life; readonly alert: boolean } {
  const alert = before.running || before.deaths.length > 0;
  const next = { ...before, running: true };
  if (!before.running) return { life: next, alert };
  const suspects = stall?.subject ? [stall.subject] : (marked?.subjects ?? []);
  const [found, ...others] = suspects;
  if (!found) return { life: { ...next, unnamed: true }, alert };
  const named = { ...next, unnamed: false };
  const countOf = (subject: Subject): number => (deathsOf(before, subject) ?? (before.unnamed && marked?.left ? 1 : 0)) + 1;
  const amongOthers = (subject: Subject): Life['deaths'][number] => ({ subject, count: countOf(subject), among: true });
  if (others.length > 0) return { life: { ...named, deaths: [...withoutDeaths(before, ...suspects), ...suspects.map(amongOthers)].slice(-deathsKept) }, alert };
  if (stall) return { life: convicted(named, { ...stall, subject: found, deaths: 0 }), alert };
  const count = countOf(found);
  if (count >= deathsMax)
    return { life: convicted(named, { subject: found, atMs: nowMs, stack: marked?.stack ?? [], ...(marked?.at !== undefined && { at: marked.at }), deaths: count }), alert };
  return { life: { ...named, deaths: [...withoutDeaths(before, found), { subject: found, count }].slice(-deathsKept) }, alert };
}

function deathsOf({ deaths }: Life, of: Subject): number | undefined {
  return deaths.find((each) => subjectId(each.subject) === subjectId(of))?.count;
}

function withoutDeaths({ deaths }: Life, ...of: readonly Subject[]): Life['deaths'] {
  const ids = new Set(of.map(subjectId));
  return deaths.filter((each) => !ids.has(subjectId(each.subject)));
}

/** A process ends once: its time tells its conviction from others. */
function convicted(life: Life, given: Conviction): Life {
  if (life.convictions.some(({ atMs }) => atMs === given.atMs)) return life;
  return { ...life, deaths: withoutDeaths(life, given.subject), convictions: [...life.convictions, given] };
}

/** It committed something: what ended before was not its doing. */
export function acquitted(life: Life, of: Subject): Life {
  return deathsOf(life, of) === undefined ? life : { ...life, deaths: withoutDeaths(life, of) };
}

/** Each was run by itself and ended nothing: who was blamed only among others is blamed no more. */
export function passed(life: Life, subjects: readonly Subject[]): Life {
  const among = life.deaths.filter((each) => each.among).map(({ subject: of }) => of);
  const ids = new Set(subjects.map(subjectId));
  const deaths = withoutDeaths(life, ...among.filter((of) => ids.has(subjectId(of))));
  return deaths.length === life.deaths.length ? life : { ...life, deaths };
}

export function carriedOut(life: Life, done: Conviction, bar: boolean): Life {
  return {
    ...life,
    convictions: life.convictions.filter(({ atMs }) => atMs !== done.atMs),
    barred: bar ? [...life.barred, subjectId(done.subject)].slice(-barredMax) : life.barred,
  };
}
