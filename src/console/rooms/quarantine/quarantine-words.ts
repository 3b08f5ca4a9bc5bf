// What is said of a message in quarantine, and what a person may do about it.
import type { QuarantineDetail, QuarantineView } from '../../../api/quarantine.ts';
import { countWords } from '../../words/number.ts';

export const shownStates = ['open', 'released', 'discarded', 'all'] as const;
export type ShownState = (typeof shownStates)[number];

export const stateTitles: Readonly<Record<ShownState, string>> = { open: 'Waiting', released: 'Released', discarded: 'Discarded', all: 'All' };

/** How it stands, and the word of the look that fits. */
export function stateOf({ state, filtered }: Pick<QuarantineView, 'state' | 'filtered'>): { readonly look: string; readonly words: string } {
  switch (state) {
    case 'open':
      return { look: 'open', words: 'waits for a person' };
    case 'released':
      return filtered === undefined ? { look: 'done', words: 'released' } : { look: 'cancelled', words: 'released, then dropped' };
    case 'discarded':
      return { look: 'cancelled', words: 'discarded' };
  }
}

/** What it is, by its contract where that is known. */
export function titleOf({ title, type }: Pick<QuarantineView, 'title' | 'type'>): string {
  return title ?? type ?? 'A message without a type';
}

/** What it holds up, in a few words; empty where it holds nothing. */
export function holdsWords({ holds }: Pick<QuarantineView, 'holds'>): string {
  const keys = [...new Set(holds.map((hold) => hold.slice(hold.indexOf('/') + 1)))];
  return keys.length === 0 ? '' : `holds ${keys.join(', ')}`;
}

/** Why it cannot be taken as it is, under the contract as that is now. */
export function fitWords({ whole, title, type, misfit, data }: Pick<QuarantineDetail, 'whole' | 'title' | 'type' | 'misfit' | 'data'>): string {
  if (!whole) return 'It was too long to be kept whole. It can only be discarded; its sender has to send it again.';
  if (title === undefined) return type === undefined ? 'It does not say of which type it is.' : `No contract of the type ${type} is declared in this release.`;
  if (data === undefined) return 'It carries no data.';
  return misfit ? `It does not fit its contract at ${misfit.path}.` : 'It fits its contract as that is now.';
}

/** What waits for a decision about it. */
export function waitingWords({ holds, waiting, state }: Pick<QuarantineDetail, 'holds' | 'waiting' | 'state'>): string {
  if (state !== 'open') return 'Nothing waits for it any more.';
  if (holds.length === 0) return 'Nothing waits for it.';
  const keys = [...new Set(holds.map((hold) => hold.slice(hold.indexOf('/') + 1)))].join(', ');
  if (waiting.length === 0) return `What comes later for ${keys} waits in line until this is decided; nothing has come yet.`;
  return `${countWords(waiting.length, 'run waits', 'runs wait')} in line for ${keys} until this is decided; everything else goes on.`;
}

export type Choice = 'as-it-is' | 'mended' | 'discard';

export const choiceWords: Readonly<Record<Choice, { readonly label: string; readonly doing: string; readonly means: string; readonly done: string }>> = {
  'as-it-is': { label: 'Release as it came', doing: 'Releasing …', means: 'It is sent in again, unchanged, in its own place of the line.', done: 'It is released as it came.' },
  mended: {
    label: 'Release with changes',
    doing: 'Releasing …',
    means: 'It is sent in again with the data below, in its own place of the line. What came is kept beside it.',
    done: 'It is released with your changes.',
  },
  discard: { label: 'Discard', doing: 'Discarding …', means: 'It is let go for good, and what waits for it goes on without it.', done: 'It is discarded.' },
};

/** What can be done about a message, the likeliest first. */
export function choicesOf({ whole, misfit, title }: Pick<QuarantineDetail, 'whole' | 'misfit' | 'title'>): readonly Choice[] {
  if (!whole) return ['discard'];
  return misfit && title !== undefined ? ['mended', 'as-it-is', 'discard'] : ['as-it-is', 'mended', 'discard'];
}

/** What was written as JSON, or what is wrong with it. */
export function jsonIn(text: string): { readonly value: unknown } | { readonly wrong: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
