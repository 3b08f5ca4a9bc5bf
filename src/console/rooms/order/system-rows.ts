// Each system side by side: what it was last asked to have, and whether it does.
import { bookkeeping } from './change-facts.ts';
import { effectState, heldOf, resultWords, type EffectState, type Held } from './effect-words.ts';
import { isChange, isSameThing, valueHad } from './earlier-value.ts';
import { capabilityOf, entityOf, systemOf, unitsOf, type SystemTitles } from './moment-words.ts';
import type { MomentView, StoryView, SystemStateView } from '../../../api/stories.ts';
import { fieldOf, fieldsOf, saidOf, saidWords, type Reading, type Said } from './value-words.ts';

export interface SystemRow {
  readonly id: string;
  readonly title: string;
  readonly capability: string;
  readonly entity: string;
  /** What it was asked to have: times where it has any, else whatever it says. */
  readonly asked: readonly Said[];
  readonly revision: number | undefined;
  readonly atMs: number;
  readonly state: EffectState;
  /** How it stands, in a word or two. */
  readonly word: string;
  /** Why it does not have it. */
  readonly why: string;
  /** How that is known. */
  readonly proof: string;
  /** Since when it lies in the buffer. */
  readonly heldFromMs: number | undefined;
  /** What it has instead, where that is known. */
  readonly has: string;
  /** It has it, and was asked the same of another thing since: mostly no news. */
  readonly isEarlier: boolean;
}

const askedMax = 3;

/** The rows: those that disagree first, then what is about the key itself. Pure. */
export function systemRows(story: StoryView, reading: Reading, titles: SystemTitles = new Map()): readonly SystemRow[] {
  const rows = story.systems
    .filter((state) => !isSuperseded(state, story.systems))
    .map((state) => ({ ...rowOf(state, story, reading, titles), isEarlier: isEarlier(state, story) }));
  const rank = ({ state, entity }: SystemRow): number => (state !== 'done' ? 0 : entity === story.key ? 1 : 2);
  return rows.sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title) || b.atMs - a.atMs);
}

/** Something later was asked of the same system about the same thing: the earlier says nothing any more. */
function isSuperseded(state: SystemStateView, all: readonly SystemStateView[]): boolean {
  return state.agrees && all.some((other) => other.system === state.system && other.entity === state.entity && Date.parse(other.at) > Date.parse(state.at));
}

function isEarlier({ agrees, system, capability, entity, at }: SystemStateView, { key, systems }: StoryView): boolean {
  return agrees && entity !== key && systems.some((other) => other.system === system && other.capability === capability && Date.parse(other.at) > Date.parse(at));
}

function rowOf(state: SystemStateView, story: StoryView, reading: Reading, titles: SystemTitles): Omit<SystemRow, 'isEarlier'> {
  const { system, title, capability, capabilityTitle, entity, revision, at } = state;
  const moment = story.timeline.findLast(
    (one) => isChange(one) && one.system === system && entityOf(one) === entity && capabilityOf(one) === capabilityTitle && one.status === state.status,
  );
  const common = { id: `${system}/${capability}/${entity}`, title: titles.get(system) ?? title, capability: capabilityTitle, entity, revision, atMs: Date.parse(at) };
  if (!moment) return { ...common, asked: [], state: effectState({ status: state.status }), word: state.status, why: '', proof: '', heldFromMs: undefined, has: '' };
  const now = effectState(moment);
  const held = now === 'buffered' ? heldOf(moment, common.title) : undefined;
  return {
    ...common,
    asked: askedOf(moment, story, reading),
    state: now,
    word: words[now],
    why: whyOf(moment, held, story, common.title),
    proof: now !== 'done' ? '' : moment.tries?.at(-1)?.what === 'read back' ? 'read back' : 'it answered',
    heldFromMs: held?.fromMs,
    has: now === 'done' ? '' : hasWords(story, moment, reading),
  };
}

function askedOf(moment: MomentView, story: StoryView, reading: Reading): readonly Said[] {
  const said = saidOf(fieldOf(moment.detail, 'input'), reading, bookkeeping, unitsOf(moment, story, 'input'));
  const times = said.filter(({ isTime }) => isTime);
  return (times.length > 0 ? times : said).slice(0, askedMax);
}

const words: Readonly<Record<EffectState, string>> = {
  done: 'Has it',
  way: 'On its way',
  buffered: 'Not yet',
  unknown: 'Unknown',
  refused: 'Refused',
  parked: 'Unknown',
  expired: 'Never got it',
  cancelled: 'Taken back',
};

function whyOf(moment: MomentView, held: Held | undefined, story: StoryView, system: string): string {
  const state = effectState(moment);
  if (state === 'done' || state === 'way') return '';
  if (!held) return resultWords(moment);
  return `In the buffer: ${held.isBehind ? (whyBefore(moment, story, system) ?? held.why) : held.why}`;
}

/** Why the change before it, behind which it waits, is not done. */
function whyBefore(moment: MomentView, story: StoryView, system: string): string | undefined {
  const before = story.timeline.find((other) => isSameThing(other, moment) && other.atMs <= moment.atMs && isStuck(other, system));
  if (!before) return undefined;
  if (effectState(before) === 'unknown') return 'the change before it had no answer yet, and goes first';
  const held = heldOf(before, system);
  return held && `${held.why}, and the change before it goes first`;
}

function isStuck(moment: MomentView, system: string): boolean {
  const state = effectState(moment);
  return state === 'unknown' || (state === 'buffered' && heldOf(moment, system)?.isBehind === false);
}

function hasWords(story: StoryView, moment: MomentView, reading: Reading): string {
  const changed = fieldsOf(fieldOf(moment.detail, 'input')).flatMap(([field, wanted]) => {
    const had = valueHad(story, moment, field);
    return had === undefined || JSON.stringify(had) === JSON.stringify(wanted) ? [] : [[field, had] as const];
  });
  return saidOf(Object.fromEntries(changed), reading, bookkeeping, unitsOf(moment, story, 'input'))
    .slice(0, askedMax)
    .map(saidWords)
    .join(' · ');
}

/** A system that nothing was asked to change, and what it said when it was asked. */
export interface AskedRow {
  readonly id: string;
  readonly title: string;
  readonly capability: string;
  readonly said: readonly Said[];
  readonly isAnswered: boolean;
  readonly atMs: number;
  /** Something was changed in other systems since: what it said is of before. */
  readonly isBefore: boolean;
}

/** The systems that were only asked, each by its newest question, in the order of their titles. Pure. */
export function askedRows(story: StoryView, reading: Reading, titles: SystemTitles = new Map()): readonly AskedRow[] {
  const changed = new Set(story.systems.map(({ system }) => system));
  const newest = new Map<string, MomentView>();
  for (const moment of story.timeline) if (moment.kind === 'query' && moment.system !== undefined && !changed.has(moment.system)) newest.set(moment.system, moment);
  const changedMs = Math.max(...story.systems.map(({ at }) => Date.parse(at)));
  return [...newest]
    .map(([system, moment]) => {
      const output = fieldOf(moment.detail, 'output');
      const said = saidOf(fieldOf(output, 'value') ?? output, reading, bookkeeping, unitsOf(moment, story, 'output'));
      const times = said.filter(({ isTime }) => isTime);
      const isAnswered = moment.status === 'done';
      return {
        id: `${system}/asked`,
        title: systemOf(moment, titles),
        capability: capabilityOf(moment),
        said: isAnswered ? [...times, ...said.filter(({ isTime }) => !isTime)].slice(0, askedMax) : [],
        isAnswered,
        atMs: moment.atMs,
        isBefore: moment.atMs < changedMs,
      };
    })
    .sort((a, b) => a.title.localeCompare(b.title));
}
