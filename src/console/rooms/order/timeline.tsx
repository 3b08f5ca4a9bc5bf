// What happened, oldest first, as a line; what is still to come stands at its end.
import { ArrowDown } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactElement, type RefObject } from 'react';
import type { StoryView } from '../../../api/stories.ts';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { ComingLine } from './coming-line.tsx';
import { EntryLine } from './entry-line.tsx';
import type { SystemTitles } from './moment-words.ts';
import { tellTimeline, type Entry } from './timeline-entries.ts';
import type { Reading } from './value-words.ts';

interface TimelineProps {
  readonly story: StoryView;
  readonly reading: Reading;
  readonly titles: SystemTitles;
}

type Show = 'all' | 'changes' | 'problems';

/** Lines that are drawn at first, and more with each asking. */
const pageLines = 120;
/** A pause that is longer is told. */
const pauseMs = 1_000;

const keeps: Readonly<Record<Show, (entry: Entry) => boolean>> = {
  all: () => true,
  changes: ({ isChange }) => isChange,
  problems: ({ isProblem }) => isProblem,
};

export function Timeline({ story, reading, titles }: TimelineProps): ReactElement {
  const told = useMemo(() => tellTimeline(story, reading, titles), [story, reading, titles]);
  const [show, setShow] = useState<Show>('all');
  const [lines, setLines] = useState(pageLines);
  const end = useRef<HTMLDivElement>(null);
  const past = told.past.filter(keeps[show]);
  const coming = told.coming.filter(keeps[show]);
  const unseen = useUnseen(told.past.length, end);
  const shown = past.slice(-lines);
  return (
    <section className="card order-timeline" aria-labelledby="order-timeline">
      <div className="card-head">
        <h2 id="order-timeline">What happened</h2>
        <Filters show={show} setShow={setShow} entries={told.past} />
      </div>
      {past.length > shown.length && (
        <button type="button" className="button order-more" onClick={() => setLines(lines + pageLines)}>
          Show {countWords(Math.min(pageLines, past.length - shown.length), 'earlier line')} of {past.length - shown.length}
        </button>
      )}
      {shown.length === 0 && <p className="quiet order-none">{show === 'problems' ? 'Nothing went wrong.' : 'No system was changed.'}</p>}
      <ol className="order-line">
        {shown.map((entry, index) => (
          <li key={entry.id}>
            <Pause entry={entry} before={shown[index - 1]} />
            <EntryLine entry={entry} story={story} titles={titles} />
          </li>
        ))}
      </ol>
      {coming.length > 0 && <ComingLine entries={coming} story={story} titles={titles} />}
      <div ref={end} />
      {unseen > 0 && <Unseen count={unseen} end={end} />}
    </section>
  );
}

const filters: readonly { readonly show: Show; readonly title: string }[] = [
  { show: 'all', title: 'All' },
  { show: 'changes', title: 'Changes' },
  { show: 'problems', title: 'Problems' },
];

function Filters({ show, setShow, entries }: { readonly show: Show; readonly setShow: (show: Show) => void; readonly entries: readonly Entry[] }): ReactElement {
  return (
    <div className="order-filters" role="group" aria-label="Lines to show">
      {filters.map((filter) => (
        <button key={filter.show} type="button" aria-pressed={show === filter.show} onClick={() => setShow(filter.show)}>
          {filter.title} <span>{entries.filter(keeps[filter.show]).length}</span>
        </button>
      ))}
    </div>
  );
}

function Pause({ entry, before }: { readonly entry: Entry; readonly before: Entry | undefined }): ReactElement | null {
  const ms = before === undefined ? 0 : entry.atMs - before.atMs;
  return ms < pauseMs ? null : <p className="order-pause">{spanWords(ms)} later</p>;
}

/** How many lines have come since the reader last saw the end. */
function useUnseen(count: number, end: RefObject<HTMLElement | null>): number {
  const [seen, setSeen] = useState(count);
  const [isAtEnd, setAtEnd] = useState(false);
  useEffect(() => {
    if (!end.current) return undefined;
    const watcher = new IntersectionObserver(([entry]) => setAtEnd(entry?.isIntersecting ?? false));
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [end]);
  if (seen > count || (isAtEnd && seen !== count)) setSeen(count);
  return Math.max(0, count - seen);
}

function Unseen({ count, end }: { readonly count: number; readonly end: RefObject<HTMLElement | null> }): ReactElement {
  return (
    <button type="button" className="button order-unseen" data-kind="primary" onClick={() => end.current?.scrollIntoView({ block: 'end' })}>
      <ArrowDown aria-hidden="true" />
      {countWords(count, 'new line')}
    </button>
  );
}
