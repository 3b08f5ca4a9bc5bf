// Where each input of a decision came from, as the hub recorded it.
import type { MomentView, StoryView } from '../../../api/stories.ts';
import { unitsWithin } from '../../words/units.ts';
import { momentId } from './timeline-entries.ts';
import { capabilityOf, judgedOf, systemOf, unitsOf, type SystemTitles } from './moment-words.ts';
import { bookkeeping } from './change-facts.ts';
import { fieldOf, fieldsOf, fieldWords, saidOf, textOf, type Reading, type Said } from './value-words.ts';

export interface Origin {
  /** The input, in words. */
  readonly input: string;
  /** What it said, shortly. */
  readonly said: readonly Said[];
  readonly from: readonly OriginSource[];
}

const saidMax = 5;

export interface OriginSource {
  readonly words: string;
  /** The moment of this story that it came from, where it is told. */
  readonly moment: string | undefined;
}

/** One line for each input, in the order in which the decision names them. */
export function originsOf(moment: MomentView, story: StoryView, reading: Reading, titles: SystemTitles): readonly Origin[] {
  const inputs = fieldsOf(fieldOf(moment.detail, 'input'));
  const from = fieldOf(moment.detail, 'from');
  const units = unitsOf(moment, story, 'input');
  return inputs.map(([name, value]) => {
    const sources = sourcesIn(fieldOf(from, name), moment.run, story, titles);
    const said = saidOf(value, reading, bookkeeping, unitsWithin(units, name)).slice(0, saidMax);
    return { input: fieldWords(name), said, from: sources.length > 0 ? sources : [{ words: 'the flow itself', moment: undefined }] };
  });
}

function sourcesIn(origin: unknown, run: string | undefined, story: StoryView, titles: SystemTitles): readonly OriginSource[] {
  const parts = fieldOf(origin, 'parts');
  if (typeof parts === 'object' && parts !== null) {
    const all = Object.values(parts).flatMap((part: unknown) => sourcesIn(part, run, story, titles));
    return all.filter(({ words }, index) => all.findIndex((other) => other.words === words) === index);
  }
  const path = fieldOf(origin, 'path');
  const within = typeof path === 'string' && path !== '' ? `, its ${fieldWords(path)}` : '';
  const position = fieldOf(origin, 'position');
  if (typeof position === 'number') return [{ words: `Event “${eventTitle(position, origin, story)}”${within}`, moment: `event/${position}` }];
  const step = fieldOf(origin, 'step');
  if (typeof step !== 'string') return [];
  const source = story.timeline.find((other) => other.step === step && other.run === run);
  return [{ words: `${source ? sourceWords(source, titles) : step}${within}`, moment: source && momentId(source) }];
}

function sourceWords(source: MomentView, titles: SystemTitles): string {
  if (source.kind === 'decision') return `Decision “${judgedOf(source)}”`;
  return source.system === undefined ? source.title : `${systemOf(source, titles)}: ${capabilityOf(source)}`;
}

function eventTitle(position: number, origin: unknown, { timeline }: StoryView): string {
  const told = timeline.find((moment) => moment.kind === 'event' && moment.detail.position === position);
  return told?.title ?? textOf(origin, 'event');
}
