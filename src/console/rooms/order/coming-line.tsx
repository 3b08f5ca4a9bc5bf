import type { ReactElement } from 'react';
import type { StoryView } from '../../../api/stories.ts';
import { Instant } from '../../parts/instant.tsx';
import { useNow } from '../../words/now.ts';
import { ageWords, spanWords } from '../../words/time.ts';
import { EntryLine } from './entry-line.tsx';
import type { SystemTitles } from './moment-words.ts';
import type { Entry } from './timeline-entries.ts';

/** Shown at most. */
const shownMax = 30;

interface ComingLineProps {
  readonly entries: readonly Entry[];
  readonly story: StoryView;
  readonly titles: SystemTitles;
}

/** What is not over: waits, changes in the buffer, cases that somebody is to decide. */
export function ComingLine({ entries, story, titles }: ComingLineProps): ReactElement {
  return (
    <>
      <h3 className="order-now">Still to come{entries.length > shownMax && `, ${shownMax} of ${entries.length}`}</h3>
      <ol className="order-line order-coming">
        {entries.slice(0, shownMax).map((entry) => (
          <li key={entry.id}>
            <EntryLine entry={entry} story={story} titles={titles} when={<Until entry={entry} />} />
          </li>
        ))}
      </ol>
    </>
  );
}

const ends: Readonly<Partial<Record<Entry['kind'], string>>> = { case: 'due', change: 'expires', undo: 'expires', wait: 'ends' };

/** Until when at most, or since when; follows the clock. */
function Until({ entry }: { readonly entry: Entry }): ReactElement {
  const now = useNow();
  const { untilMs, sinceMs } = entry;
  if (untilMs === undefined) return <>for {elapsedWords(now - (sinceMs ?? entry.atMs))}</>;
  return (
    <>
      <Instant ms={untilMs} precision={Math.abs(untilMs - now) < 3_600_000 ? 'second' : 'day'} />
      <span>{untilMs < now - 1_000 ? `over for ${elapsedWords(now - untilMs)}` : `${ends[entry.kind] ?? 'ends'} ${ageWords(untilMs, now)}`}</span>
    </>
  );
}

/** Whole seconds, so that it does not flicker. */
function elapsedWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : spanWords(seconds * 1_000);
}
