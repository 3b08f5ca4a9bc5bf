// What became of a case's cause since it was opened, from the story of its key.
import type { ExceptionView } from '../../../api/exceptions.ts';
import type { GraphNode } from '../../../api/landscape.ts';
import type { StoryView } from '../../../api/stories.ts';
import { isNotSetBack } from '../../parts/run-status.ts';
import { unitsWithin, type Units } from '../../words/units.ts';

export interface SinceThen {
  /** The last decision of the case's run. */
  readonly decision: { readonly title: string; readonly outcome: string; readonly atMs: number; readonly output: unknown; readonly units: Units } | undefined;
  /** The event that says that its condition is over. */
  readonly cleared: { readonly title: string; readonly atMs: number } | undefined;
  /** How its run ended, in words; empty while it goes on. */
  readonly ended: string;
}

/** The contracts by which rules say that a condition is over, as their ids in the landscape. */
export function clearingContracts(nodes: readonly GraphNode[]): ReadonlySet<string> {
  return new Set(nodes.flatMap((node) => (node.kind === 'rule' && node.clears !== undefined ? [node.clears] : [])));
}

/** Pure: the same story tells the same. Only a case of an episode can be told to be over: any other has no end that somebody measures. */
export function sinceThen({ run, keys: { episode } }: Pick<ExceptionView, 'run' | 'keys'>, story: StoryView, clearing: ReadonlySet<string>): SinceThen {
  const decided = run === undefined ? undefined : story.timeline.findLast((moment) => moment.kind === 'decision' && moment.run === run);
  const cleared = story.timeline.find(
    (moment) => moment.kind === 'event' && episode !== undefined && moment.detail.keys.episode === episode && clearing.has(moment.definition ?? ''),
  );
  return {
    decision: decided?.kind === 'decision' ? decisionOf(decided, story) : undefined,
    cleared: cleared?.kind === 'event' ? { title: cleared.title, atMs: Date.parse(cleared.detail.happened) } : undefined,
    ended: endedWords(story.runs.find(({ id }) => id === run)),
  };
}

type Decided = Extract<StoryView['timeline'][number], { readonly kind: 'decision' }>;

function decisionOf({ title, atMs, definition = '', detail: { output } }: Decided, { units }: StoryView): SinceThen['decision'] {
  const [judged = title, outcome = ''] = title.replace(/^Decides: /, '').split(' → ');
  return { title: judged, outcome: outcome.replaceAll('-', ' '), atMs, output, units: unitsWithin(unitsWithin(units, definition), 'output') };
}

function endedWords(run: StoryView['runs'][number] | undefined): string {
  if (run?.status === 'compensated' && isNotSetBack(run.reason)) return 'Not all that had been changed is set back: an undo was refused.';
  return endings[run?.status ?? ''] ?? '';
}

const endings: Readonly<Record<string, string>> = {
  compensated: 'What had been changed is set back.',
  done: 'All that its flow does about it is done.',
  failed: 'Its flow failed.',
};
