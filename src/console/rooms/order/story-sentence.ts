// The state of a key in one sentence that needs no explanation.
import { firstValue, isChange } from './earlier-value.ts';
import { awaited, capabilityOf, entityOf, systemOf, unitsOf, type SystemTitles } from './moment-words.ts';
import type { MomentView, StoryView } from '../../../api/stories.ts';
import { systemRows, type SystemRow } from './system-rows.ts';
import { capital, fieldOf, fieldsOf, fieldWords, instantOf, listWords, smallWords, timesWords, untilWords, valueWords, type Reading } from './value-words.ts';

export interface Sentence {
  readonly text: string;
  /** What is still awaited, where anything is. */
  readonly awaits: string;
  /** `fine`: nothing is open; `held`: a system is behind; `waiting`: somebody is to decide; `bad`: something went wrong. */
  readonly tone: 'fine' | 'held' | 'waiting' | 'bad';
  /** Since when it is so. */
  readonly sinceMs: number;
}

/** Tells the state. Pure: the same story gives the same sentence. */
export function sentenceOf(story: StoryView, reading: Reading, titles: SystemTitles = new Map()): Sentence {
  const rows = systemRows(story, reading, titles);
  const text = [changeWords(story, reading, titles), agreementWords(rows), stoppedWords(story), caseWords(story)].filter((part) => part !== '').join(' ');
  return { text, awaits: waitWords(story, reading), tone: toneOf(story, rows), sinceMs: sinceOf(story) };
}

/** How a change of a field is said; others are "changed". */
const sayings: Readonly<Record<string, { readonly verb: string; readonly says: string }>> = {
  plannedEnd: { verb: 'Replanned', says: 'ends' },
  plannedStart: { verb: 'Replanned', says: 'starts' },
  window: { verb: 'Moved', says: 'is due' },
};

function changeWords(story: StoryView, reading: Reading, titles: SystemTitles): string {
  const done = story.timeline.filter((moment) => isChange(moment) && moment.status === 'done');
  const own = ownChanges(done, story.key);
  const last = own.at(-1);
  if (last) return ownWords(story, own, last, reading, titles);
  if (done.length > 0) {
    const systems = new Set(done.map(({ system }) => system)).size;
    return `${capital(countedWords(done.length, 'change'))} in ${countedWords(systems, 'system')}.`;
  }
  if (story.timeline.some(isChange)) return 'Nothing is changed yet.';
  if (story.timeline.some(({ kind }) => kind === 'decision')) return 'Looked at, and nothing had to change.';
  return story.timeline.some(({ kind }) => kind === 'event') ? 'It was told of; nothing was changed.' : '';
}

/** The changes of the thing itself; where it has none, those whose requests name it. All of one system and one thing. */
function ownChanges(done: readonly MomentView[], key: string): readonly MomentView[] {
  const about = done.filter((moment) => entityOf(moment) === key);
  const naming = about.length > 0 ? about : done.filter(({ detail }) => fieldsOf(fieldOf(detail, 'input')).some(([field, value]) => value === key && field !== 'order'));
  const leading = naming.find((moment) => Object.hasOwn(sayings, timeFieldOf(moment))) ?? naming[0];
  return leading ? naming.filter((moment) => moment.system === leading.system && entityOf(moment) === entityOf(leading)) : [];
}

/** The first field of a request that says when. */
function timeFieldOf({ detail }: MomentView): string {
  return fieldsOf(fieldOf(detail, 'input')).find(([, value]) => instantOf(value) !== undefined || instantOf(fieldOf(value, 'from')) !== undefined)?.[0] ?? '';
}

function ownWords(story: StoryView, own: readonly MomentView[], last: MomentView, reading: Reading, titles: SystemTitles): string {
  const field = timeFieldOf(last);
  const now = fieldOf(fieldOf(last.detail, 'input'), field);
  const first = firstValue(story, last, field);
  const units = unitsOf(last, story, 'input');
  const said = valueWords(field, now, reading, units);
  if (said === undefined) return `Last done at ${systemOf(last, titles)}: “${capabilityOf(last)}”.`;
  const { verb, says } = sayings[field] ?? { verb: 'Changed', says: fieldWords(field) };
  const times = own.filter(({ kind }) => kind === 'effect').length;
  const before = valueWords(field, first, reading, units);
  const isBack = JSON.stringify(now) === JSON.stringify(first);
  if (isBack) return `${verb} ${timesWords(times)} and set back: ${says} ${said}, as before.`;
  const instead = before === undefined || before === said ? '' : ` instead of ${before}`;
  return `${verb} ${timesWords(times)}: ${says} ${said}${instead}.`;
}

function agreementWords(rows: readonly SystemRow[]): string {
  const behind = rows.filter(({ state }) => state !== 'done' && state !== 'cancelled');
  const systems = new Set(rows.map(({ title }) => title)).size;
  if (systems === 0) return '';
  if (behind.length === 0) return systems === 1 ? `${rows[0]?.title ?? 'The system'} has it.` : `All ${smallWords(systems)} systems agree.`;
  const told = [...new Set(behind.map(behindWords))];
  return `${capital(told.slice(0, 2).join('; '))}${told.length > 2 ? `; and ${countedWords(told.length - 2, 'system')} more` : ''}.`;
}

function behindWords({ title, state }: SystemRow): string {
  switch (state) {
    case 'buffered':
      return `the last change for ${title} is in the buffer`;
    case 'way':
      return `the last change is on its way to ${title}`;
    case 'unknown':
      return `whether ${title} has the last change is being found out`;
    case 'refused':
      return `${title} refused the last change`;
    case 'parked':
      return `what ${title} did is unknown, and parked for its owner`;
    case 'expired':
      return `${title} never got the last change`;
    case 'done':
    case 'cancelled':
      return `${title} has it`;
  }
}

function stoppedWords({ runs }: StoryView): string {
  if (runs.some(({ status }) => status === 'parked')) return 'It is stopped until its owner decides.';
  return runs.some(({ status }) => status === 'failed') ? 'Its flow failed.' : '';
}

function waitWords({ runs, timeline }: StoryView, reading: Reading): string {
  if (!runs.some(({ status }) => status === 'active' || status === 'queued')) return '';
  if (timeline.some(({ status }) => status === 'parked')) return 'The flow stands still until the owner has decided.';
  const wait = timeline.findLast(({ kind, status }) => kind === 'wait' && status === 'waiting');
  if (!wait) return 'The flow is at work.';
  const due = instantOf(fieldOf(wait.detail, 'due'));
  return `The flow waits for “${awaited(wait)}”${due === undefined ? '' : ` until ${untilWords(due, wait.atMs, reading)}`}.`;
}

function caseWords({ exceptions }: StoryView): string {
  const open = exceptions.filter(({ status }) => status === 'open');
  const taken = exceptions.filter(({ status }) => status === 'acknowledged');
  const owners = (cases: typeof exceptions): string => listWords([...new Set(cases.map(({ owner }) => owner))]);
  if (open.length > 0) return `${capital(countedWords(open.length, 'case'))} ${open.length === 1 ? 'waits' : 'wait'} for ${owners(open)}.`;
  return taken.length > 0 ? `${capital(owners(taken))} works on ${countedWords(taken.length, 'case')}.` : '';
}

function countedWords(count: number, one: string): string {
  return `${smallWords(count)} ${one}${count === 1 ? '' : 's'}`;
}

function toneOf({ runs, exceptions }: StoryView, rows: readonly SystemRow[]): Sentence['tone'] {
  const has = (...states: readonly string[]): boolean => rows.some(({ state }) => states.includes(state));
  if (has('refused', 'parked', 'expired') || runs.some(({ status }) => status === 'parked' || status === 'failed')) return 'bad';
  if (has('buffered', 'unknown')) return 'held';
  return exceptions.some(({ status }) => status !== 'resolved') ? 'waiting' : 'fine';
}

/** When the last thing happened that changed how it stands. */
function sinceOf({ timeline, at }: StoryView): number {
  const ends = timeline.flatMap(({ kind, status, atMs, durationMs = 0 }) => {
    if (kind === 'wait' || kind === 'sleep') return [];
    return [endedStatuses.has(status) && kind !== 'run' ? atMs + durationMs : atMs];
  });
  return ends.length === 0 ? Date.parse(at) : Math.max(...ends);
}

const endedStatuses: ReadonlySet<string> = new Set(['done', 'refused', 'cancelled', 'expired']);
