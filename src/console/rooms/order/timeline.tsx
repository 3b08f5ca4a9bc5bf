// What happened, oldest first, as a line; what is still to come stands at its end.
import './order-timeline.css';
import { ArrowDown, ChevronRight } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactElement, type RefObject } from 'react';
import type { StoryView } from '../../../api/stories.ts';
import { Instant } from '../../parts/instant.tsx';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { chaptersOf, type Chapter } from './chapters.ts';
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
  const chapters = useMemo(() => chaptersOf(told.past), [told]);
  const [show, setShow] = useState<Show>('all');
  const [lines, setLines] = useState(pageLines);
  // What was the newest chapter when the reader came, and all since, are open: nothing closes by itself.
  const [openFromMs] = useState(chapters.at(-1)?.startMs ?? 0);
  const end = useRef<HTMLDivElement>(null);
  const unseen = useUnseen(told.past.length, end);
  const kept = told.past.filter(keeps[show]);
  const coming = told.coming.filter(keeps[show]);
  const hidden = Math.max(0, kept.length - lines);
  const shown = new Set(kept.slice(hidden));
  const parts = chapters.map((chapter) => ({ ...chapter, entries: chapter.entries.filter((entry) => shown.has(entry)) })).filter(({ entries }) => entries.length > 0);
  return (
    <section className="card order-timeline" aria-labelledby="order-timeline">
      <div className="card-head">
        <h2 id="order-timeline">What happened</h2>
        <div className="order-tools">
          <button type="button" className="order-jump" onClick={() => end.current?.scrollIntoView({ block: 'end' })}>
            To the newest
          </button>
          <Filters show={show} setShow={setShow} entries={told.past} />
        </div>
      </div>
      {hidden > 0 && (
        <button type="button" className="button order-more" onClick={() => setLines(lines + pageLines)}>
          Show {countWords(Math.min(pageLines, hidden), 'earlier line')}
          {hidden > pageLines && ` of ${hidden}`}
        </button>
      )}
      {shown.size === 0 && <p className="quiet order-none">{show === 'problems' ? 'Nothing went wrong.' : 'No system was changed.'}</p>}
      {parts.map((part) =>
        chapters.length === 1 ? (
          <Lines key={part.id} entries={part.entries} story={story} titles={titles} />
        ) : (
          <ChapterPart key={part.id} chapter={part} isOpenAtFirst={part.startMs >= openFromMs} story={story} titles={titles} />
        ),
      )}
      {coming.length > 0 && <ComingLine entries={coming} story={story} titles={titles} />}
      <div ref={end} />
      {unseen > 0 && <Unseen count={unseen} end={end} />}
    </section>
  );
}

interface LinesProps {
  readonly entries: readonly Entry[];
  readonly story: StoryView;
  readonly titles: SystemTitles;
}

function Lines({ entries, story, titles }: LinesProps): ReactElement {
  return (
    <ol className="order-line">
      {entries.map((entry, index) => (
        <li key={entry.id}>
          <Pause entry={entry} before={entries[index - 1]} />
          <EntryLine entry={entry} story={story} titles={titles} />
        </li>
      ))}
    </ol>
  );
}

interface ChapterPartProps {
  readonly chapter: Chapter;
  readonly isOpenAtFirst: boolean;
  readonly story: StoryView;
  readonly titles: SystemTitles;
}

/** One chapter of several; what is over lies folded until it is asked for. */
function ChapterPart({ chapter, isOpenAtFirst, story, titles }: ChapterPartProps): ReactElement {
  const [open, setOpen] = useState(isOpenAtFirst);
  return (
    <details className="order-chapter" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <ChevronRight aria-hidden="true" className="order-chevron" />
        <span className="order-when">
          <Instant ms={chapter.startMs} />
        </span>
        <span>
          <span className="order-title">{chapter.title}</span>{' '}
          <span className="order-chapter-how">{[chapter.result, countWords(chapter.entries.length, 'line')].filter((part) => part !== '').join(', ')}</span>
        </span>
      </summary>
      {open && <Lines entries={chapter.entries} story={story} titles={titles} />}
    </details>
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
    const watcher = new IntersectionObserver(([entry]) => setAtEnd(entry?.isIntersecting ?? false), { rootMargin: belowMargin });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [end]);
  if (seen > count || (isAtEnd && seen !== count)) setSeen(count);
  return Math.max(0, count - seen);
}

/** The end counts as seen a little before it is. */
const belowMargin = '0px 0px 160px 0px';

/** The way to what has come while the reader was elsewhere. */
function Unseen({ count, end }: { readonly count: number; readonly end: RefObject<HTMLElement | null> }): ReactElement {
  return (
    <div className="order-unseen">
      <button type="button" className="button" data-kind="primary" onClick={() => end.current?.scrollIntoView({ block: 'end' })}>
        <ArrowDown aria-hidden="true" />
        {countWords(count, 'new line')}
      </button>
    </div>
  );
}
