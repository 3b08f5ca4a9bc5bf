// The story of a key as the lines of its timeline: what happened, in plain words, and what is still to come.
import { isNotSetBack } from '../../parts/run-status.ts';
import { countWords } from '../../words/number.ts';
import { clockTime, spanWords } from '../../words/time.ts';
import { changeFacts, reasonOf } from './change-facts.ts';
import { effectState, heldOf, heldWords, isTroubled, resultWords, type EffectState, type Held } from './effect-words.ts';
import {
  awaited,
  cameFrom,
  capabilityOf,
  caseSummary,
  caseTitle,
  eventFacts,
  judgedOf,
  outcomeOf,
  runResult,
  runTitle,
  systemOf,
  waitResult,
  waitTitle,
  type SystemTitles,
} from './moment-words.ts';
import type { MomentView, StoryView } from '../../../api/stories.ts';
import { capital, fieldOf, listWords, plainly, textOf, type Reading, type Said } from './value-words.ts';

export type EntryKind = 'event' | 'run' | 'question' | 'decision' | 'change' | 'undo' | 'wait' | 'case' | 'end';
export type EntryTone = 'plain' | 'held' | 'waiting' | 'bad';

/** One line of the timeline. */
export interface Entry {
  /** The same for the same thing, however often the story is read. */
  readonly id: string;
  readonly atMs: number;
  readonly kind: EntryKind;
  readonly title: string;
  /** What it says, in a line. */
  readonly facts: readonly Said[];
  /** Why it was done, in its own words. */
  readonly reason?: string;
  /** What became of it. */
  readonly result: string;
  readonly tone: EntryTone;
  readonly isChange: boolean;
  readonly isProblem: boolean;
  /** What was recorded: one, or several that are folded. */
  readonly moments: readonly MomentView[];
  /** For what is not over yet. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface Told {
  /** Oldest first. */
  readonly past: readonly Entry[];
  /** What is not over: first what has no end of its own, then what is due first. */
  readonly coming: readonly Entry[];
}

/** A question that was asked within so long of the one before belongs to the same asking. */
const togetherMs = 250;
/** What took longer has an end of its own in the timeline. */
const longMs = 800;

/** Tells the story. Pure: the same story gives the same lines. */
export function tellTimeline(story: StoryView, reading: Reading, titles: SystemTitles = new Map()): Told {
  const past: Entry[] = [];
  const coming: Entry[] = [];
  for (const moments of grouped(story.timeline)) {
    const [first] = moments;
    if (!first) continue;
    if (first.kind === 'query' && moments.length > 1) {
      past.push(askedEntry(moments, titles));
      continue;
    }
    past.push(entryOf(first, story, reading, titles));
    const end = endEntry(first, story, reading, titles);
    if (end) past.push(end);
    const open = openEntry(first, story, reading, titles);
    if (open) coming.push(open);
  }
  coming.push(...caseEntries(story));
  return {
    past: past.sort((a, b) => a.atMs - b.atMs),
    coming: coming.sort((a, b) => (a.untilMs ?? 0) - (b.untilMs ?? 0)),
  };
}

/** Questions of one run that were asked at once, together; what only learns how a posted change ended is told by what follows. */
function grouped(timeline: readonly MomentView[]): readonly (readonly MomentView[])[] {
  const groups: MomentView[][] = [];
  for (const moment of timeline) {
    if (isSettled(moment)) continue;
    const group = groups.at(-1);
    const before = group?.at(-1);
    const joins = before?.kind === 'query' && moment.kind === 'query' && before.run === moment.run && moment.atMs - before.atMs <= togetherMs;
    if (joins && group) group.push(moment);
    else groups.push([moment]);
  }
  return groups;
}

function isSettled({ kind, step, status, durationMs = 0 }: MomentView): boolean {
  return kind === 'undo' && (step ?? '').startsWith('settle:') && status === 'done' && durationMs < longMs;
}

/** The identity of what a moment tells. */
export function momentId(moment: MomentView): string {
  const { kind, run = '', step, atMs, detail } = moment;
  if (step !== undefined) return `${run}/${step}`;
  if (kind === 'event') return `event/${textOf(detail, 'position')}`;
  if (kind === 'exception') return `case/${textOf(detail, 'exception')}/${atMs}`;
  return `${run}/${moment.durationMs === undefined ? 'begins' : 'ends'}`;
}

function askedEntry(moments: readonly MomentView[], titles: SystemTitles): Entry {
  const [first] = moments;
  const systems = [...new Set(moments.map((moment) => systemOf(moment, titles)))];
  const answered = moments.filter(({ status }) => status === 'done').length;
  const took = Math.max(...moments.map(({ atMs, durationMs = 0 }) => atMs + durationMs)) - Math.min(...moments.map(({ atMs }) => atMs));
  const isProblem = moments.some(isTroubled);
  return {
    id: `asked/${first ? momentId(first) : ''}`,
    atMs: first?.atMs ?? 0,
    kind: 'question',
    title: `Asked ${listWords(systems)}`,
    facts: [],
    result:
      answered === moments.length ? `${countWords(answered, 'answer')} within ${spanWords(took)}` : `${answered} of ${countWords(moments.length, 'question')} answered so far`,
    tone: isProblem ? 'bad' : 'plain',
    isChange: false,
    isProblem,
    moments,
  };
}

function entryOf(moment: MomentView, story: StoryView, reading: Reading, titles: SystemTitles): Entry {
  const common = { id: momentId(moment), atMs: moment.atMs, moments: [moment], facts: [], result: '', tone: 'plain', isChange: false, isProblem: false } as const;
  switch (moment.kind) {
    case 'event':
      return { ...common, kind: 'event', title: moment.title, facts: eventFacts(moment, story, reading), result: cameFrom(moment) };
    case 'query':
      return { ...common, kind: 'question', title: `Asked ${systemOf(moment, titles)}`, facts: [plainly(capabilityOf(moment))], result: resultWords(moment), ...trouble(moment) };
    case 'decision':
      return { ...common, kind: 'decision', title: `Decided: ${judgedOf(moment)}`, facts: outcomeOf(moment, story, reading), result: '' };
    case 'effect':
    case 'undo':
      return changeEntry(moment, story, reading, titles, common);
    case 'wait':
    case 'sleep':
      return { ...common, kind: 'wait', title: waitTitle(moment, reading), facts: [], result: waitResult(moment) };
    case 'run': {
      const isBad = moment.status === 'failed' || moment.status === 'parked' || (moment.status === 'compensated' && isNotSetBack(moment.title));
      return { ...common, kind: 'run', title: runTitle(moment, story.key), result: runResult(moment), tone: isBad ? 'bad' : 'plain', isProblem: isBad };
    }
    case 'exception': {
      const isOpen = typeof fieldOf(moment.detail, 'type') === 'string';
      return {
        ...common,
        kind: 'case',
        title: caseTitle(moment),
        facts: isOpen ? [plainly(caseSummary(moment))] : [],
        tone: isOpen && moment.status !== 'resolved' ? 'bad' : 'plain',
        isProblem: isOpen,
      };
    }
  }
}

function changeEntry(moment: MomentView, story: StoryView, reading: Reading, titles: SystemTitles, common: Pick<Entry, 'id' | 'atMs' | 'moments'>): Entry {
  const system = systemOf(moment, titles);
  const held = heldOf(moment, system);
  const isUndo = moment.kind === 'undo';
  return {
    ...common,
    kind: isUndo ? 'undo' : 'change',
    title: moment.system === undefined ? moment.title : `${system}: ${isUndo ? 'set back by “' : ''}${capabilityOf(moment)}${isUndo ? '”' : ''}`,
    facts: changeFacts(story, moment, reading),
    reason: reasonOf(moment, reading),
    result: held ? heldResult(moment, held, reading) : resultWords(moment),
    isChange: true,
    ...trouble(moment),
  };
}

/** How long is told when it is over; before, since when, so that it need not change each second. */
function heldResult(moment: MomentView, held: Held, { zone }: Reading): string {
  if (held.toMs === undefined) return `In the buffer since ${clockTime(held.fromMs, zone)}: ${held.why}`;
  return `${heldWords(held, held.toMs)} · ${resultWords(moment)}`;
}

const tones: Readonly<Record<EffectState, EntryTone>> = {
  done: 'plain',
  way: 'plain',
  cancelled: 'plain',
  buffered: 'held',
  unknown: 'waiting',
  refused: 'bad',
  parked: 'bad',
  expired: 'bad',
};

function trouble(moment: MomentView): Pick<Entry, 'tone' | 'isProblem'> {
  return { tone: tones[effectState(moment)], isProblem: isTroubled(moment) };
}

/** The end of what took long, at its own place in time; what came is told by its event. */
function endEntry(moment: MomentView, story: StoryView, reading: Reading, titles: SystemTitles): Entry | undefined {
  const { kind, status, durationMs = 0, atMs } = moment;
  if (durationMs <= longMs) return undefined;
  const common = { id: `${momentId(moment)}/end`, atMs: atMs + durationMs, moments: [moment], facts: [], result: '', tone: 'plain', isChange: false, isProblem: false } as const;
  if (kind === 'wait' && status === 'timed out') return { ...common, kind: 'wait', title: `Waited ${spanWords(durationMs)}: “${awaited(moment)}” did not come` };
  if (kind !== 'effect' && kind !== 'undo') return undefined;
  const state = effectState(moment);
  if (state === 'buffered' || state === 'way' || state === 'unknown' || state === 'parked') return undefined;
  const system = systemOf(moment, titles);
  const title = {
    done: `${system} has it now: ${capabilityOf(moment)}`,
    refused: `${system} refused: ${capabilityOf(moment)}`,
    expired: `Given up: ${capabilityOf(moment)}`,
    cancelled: `Taken back before it was sent: ${capabilityOf(moment)}`,
  }[state];
  const isBad = state === 'refused' || state === 'expired';
  return {
    ...common,
    kind: 'end',
    title,
    facts: changeFacts(story, moment, reading).map(({ instead: _, ...said }) => said),
    result: `After ${spanWords(durationMs)}`,
    isChange: true,
    tone: isBad ? 'bad' : 'plain',
    isProblem: isTroubled(moment),
  };
}

/** What is not over: it stands at the end, with since when and until when. */
function openEntry(moment: MomentView, story: StoryView, reading: Reading, titles: SystemTitles): Entry | undefined {
  const { kind, status, atMs, durationMs = 0, detail } = moment;
  const due = fieldOf(detail, 'due');
  const untilMs = typeof due === 'string' ? Date.parse(due) : undefined;
  const common = {
    id: `${momentId(moment)}/open`,
    atMs,
    moments: [moment],
    facts: [],
    result: '',
    isProblem: false,
    isChange: false,
    sinceMs: atMs,
    ...(untilMs !== undefined && { untilMs }),
  } as const;
  if (kind === 'wait' && status === 'waiting') return { ...common, kind: 'wait', title: `Waits for “${awaited(moment)}”`, tone: 'plain' };
  if (kind === 'sleep' && status !== 'done' && status !== 'ended') return { ...common, kind: 'wait', title: 'Pauses', tone: 'plain' };
  if (kind !== 'effect' && kind !== 'undo' && kind !== 'query') return undefined;
  const state = effectState(moment);
  const isOver = state === 'done' || state === 'refused' || state === 'expired' || state === 'cancelled';
  if (isOver || (durationMs <= longMs && state === 'way')) return undefined;
  const system = systemOf(moment, titles);
  const held = heldOf(moment, system);
  const title = { buffered: `${system} is still to get`, way: `On its way to ${system}`, unknown: `Unknown at ${system}`, parked: `Parked for an owner: ${system}` }[state];
  return {
    ...common,
    kind: 'change',
    title: `${title}: ${capabilityOf(moment)}`,
    facts: changeFacts(story, moment, reading),
    result: held ? `In the buffer: ${held.why}${held.tries > 1 ? `, ${held.tries} tries` : ''}` : resultWords(moment),
    tone: tones[state],
    isChange: true,
    isProblem: true,
  };
}

/** What people still have to decide. */
function caseEntries(story: StoryView): readonly Entry[] {
  return story.exceptions
    .filter(({ status }) => status !== 'resolved')
    .map(({ id, owner, summary, status, due }) => ({
      id: `case/${id}/open`,
      atMs: Date.parse(due),
      kind: 'case',
      title: status === 'acknowledged' ? `${capital(owner)} is at it` : `${capital(owner)} is to decide`,
      facts: [plainly(summary)],
      result: '',
      tone: status === 'acknowledged' ? 'waiting' : 'bad',
      isChange: false,
      isProblem: true,
      moments: story.timeline.filter(({ kind, detail }) => kind === 'exception' && fieldOf(detail, 'exception') === id).slice(0, 1),
      untilMs: Date.parse(due),
    }));
}
