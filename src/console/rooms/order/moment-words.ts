// The parts of a moment in plain words: what was asked of whom, about what, and what it says.
import { spanWords } from '../../words/time.ts';
import { isNotSetBack } from '../../parts/run-status.ts';
import { keyNames } from './key-words.ts';
import { unitsWithin, type Units } from '../../words/units.ts';
import type { MomentView, StoryView } from '../../../api/stories.ts';
import { capital, fieldOf, instantOf, saidOf, textOf, untilWords, type Reading, type Said } from './value-words.ts';

/** Titles of systems, by name. */
export type SystemTitles = ReadonlyMap<string, string>;

/** The system's title, as the landscape has it. */
export function systemOf({ system = '' }: Pick<MomentView, 'system'>, titles: SystemTitles): string {
  return titles.get(system) ?? (system === '' ? 'the hub' : system);
}

/** What was asked for, without the system before it and the entity behind it. */
export function capabilityOf({ title }: Pick<MomentView, 'title'>): string {
  const bare = title.replace(/ \([^()]*\)$/, '');
  const at = bare.indexOf(': ');
  return (at < 0 ? bare : bare.slice(at + 2)).replace(/^undo by /, '');
}

/** The entity that a change is about, e.g. `AP-77`. */
export function entityOf({ title }: Pick<MomentView, 'title'>): string {
  const found = / \(([^()]*?)(?:, revision \d+)?\)$/.exec(title);
  return found?.[1] ?? '';
}

/** The units of what a moment says: of an event, or of what was asked (`input`) or came of it (`output`). */
export function unitsOf({ definition = '' }: Pick<MomentView, 'definition'>, { units }: Pick<StoryView, 'units'>, side?: 'input' | 'output'): Units {
  const all = unitsWithin(units, definition);
  return side === undefined ? all : unitsWithin(all, side);
}

/** What an event tells, without the keys that it is found by. */
export function eventFacts(moment: MomentView, story: Pick<StoryView, 'units'>, reading: Reading): readonly Said[] {
  const without = new Set<string>([...keyNames, 'windowSamples', 'inReplyTo']);
  return saidOf(fieldOf(moment.detail, 'data'), reading, without, unitsOf(moment, story)).slice(0, 5);
}

export function cameFrom({ detail }: MomentView): string {
  const source = textOf(detail, 'source');
  const parts = source.split('/').filter((part) => part !== '');
  const [kind, by] = parts;
  if (kind === 'edge' && by !== undefined) return `From ${parts.at(-1) ?? ''}, by ${by}`;
  return parts.length === 0 ? '' : `From ${parts.at(-1) ?? ''}`;
}

export function judgedOf({ title }: MomentView): string {
  return title.replace(/^Decides: /, '').replace(/ → .*$/, '');
}

/** What a decision came to: its kind, where it names one, then what it says. */
export function outcomeOf(moment: MomentView, story: Pick<StoryView, 'units'>, reading: Reading): readonly Said[] {
  const { detail } = moment;
  const kind = fieldOf(fieldOf(detail, 'output'), 'kind');
  const rest = saidOf(fieldOf(detail, 'output'), reading, new Set(['kind', 'toleranceShare']), unitsOf(moment, story, 'output')).slice(0, 6);
  return typeof kind === 'string' ? [{ name: 'outcome', value: kind.replaceAll('-', ' '), isTime: false }, ...rest] : rest;
}

/** What a wait is for, as its contract is titled. */
export function awaited({ title }: MomentView): string {
  return /"(.*)"/.exec(title)?.[1] ?? title;
}

export function waitTitle(moment: MomentView, reading: Reading): string {
  if (moment.kind === 'sleep') return 'Pauses';
  const due = instantOf(fieldOf(moment.detail, 'due'));
  return `Waits for “${awaited(moment)}”${due === undefined ? '' : `, until ${untilWords(due, moment.atMs, reading)} at most`}`;
}

export function waitResult({ status, durationMs }: MomentView): string {
  if (status === 'came') return `It came${durationMs === undefined ? '' : ` after ${spanWords(durationMs)}`}`;
  return status === 'timed out' ? 'It did not come in time' : status === 'ended' ? 'Its run ended before' : '';
}

export function runTitle({ title }: MomentView, key: string): string {
  const bare = title.replace(` for ${key}`, '');
  const [, flow = bare, verb = '', reason = ''] = /^(.*) (begins|ends)(?:: (.*))?$/.exec(bare) ?? [];
  return `Flow ${verb}: ${flow}${reason === '' ? '' : `; ${reason}`}`;
}

const runEnds: Readonly<Record<string, string>> = {
  done: 'All its steps are done',
  compensated: 'What it had changed is set back',
  failed: 'It failed',
  parked: 'It is parked until its owner decides',
  queued: 'It waits for its turn',
};

export function runResult({ status, title, durationMs }: MomentView): string {
  const took = durationMs === undefined ? '' : ` after ${spanWords(durationMs)}`;
  const words = status === 'compensated' && isNotSetBack(title) ? 'Not all that it had changed is set back: an undo was refused' : runEnds[status];
  return words === undefined ? '' : `${words}${took}`;
}

export function caseTitle({ title, detail }: MomentView): string {
  if (typeof fieldOf(detail, 'type') !== 'string') return capital(title);
  const to = /^Exception for ([^:]*):/.exec(title)?.[1] ?? '';
  return `A case for ${to}`;
}

export function caseSummary({ title }: MomentView): string {
  return title.replace(/^Exception for [^:]*: /, '');
}
