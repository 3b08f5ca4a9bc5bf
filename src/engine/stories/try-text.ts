import { clockText } from './plain-time.ts';
import type { HistoryEntry } from '../effects/history.ts';

/** What was tried or learnt, as a story tells it. */
export interface Try {
  readonly at: string;
  readonly what: HistoryEntry['what'];
  readonly note?: string;
}

/** Whether everything went as it should at the first try, so that nobody needs to be told of it. */
export function isPlain(tries: readonly Try[]): boolean {
  const words = tries.map(({ what }) => what).join(' > ');
  return /^(sent > )?(answered( > read back)?)?$/.test(words);
}

/** One line for each thing learnt; the same again and again is one line with its count. */
export function tryTexts(tries: readonly Try[], zone: string): readonly string[] {
  const told: { readonly first: Try; last: Try; count: number }[] = [];
  tries.forEach((one, index) => {
    // What was sent is told by what became of it.
    if (one.what === 'sent' && index < tries.length - 1) return;
    const before = told.at(-1);
    if (before && before.first.what === one.what && before.first.note === one.note) {
      before.last = one;
      before.count += 1;
    } else told.push({ first: one, last: one, count: 1 });
  });
  return told.map(({ first, last, count }) => {
    const again = count === 1 ? '' : ` (${count} times until ${clockText(Date.parse(last.at), zone)})`;
    return `${clockText(Date.parse(first.at), zone)}  ${first.what}${again}${first.note === undefined ? '' : `: ${first.note}`}`;
  });
}
