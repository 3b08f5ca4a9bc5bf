import { CheckCheck, ChevronRight, CircleQuestionMark, Hourglass, Inbox, PenLine, Scale, Undo2, Workflow, Zap, type LucideIcon } from 'lucide-react';
import { useState, type ReactElement, type ReactNode } from 'react';
import type { StoryView } from '../../../api/stories.ts';
import { useZone } from '../../shell/plant.ts';
import { preciseTime } from '../../words/time.ts';
import { EntryBody } from './entry-body.tsx';
import { placeOf } from './entry-place.ts';
import { Facts } from './facts.tsx';
import type { SystemTitles } from './moment-words.ts';
import type { Entry, EntryKind } from './timeline-entries.ts';

const icons: Readonly<Record<EntryKind, { readonly icon: LucideIcon; readonly word: string }>> = {
  event: { icon: Zap, word: 'Event' },
  run: { icon: Workflow, word: 'Flow' },
  question: { icon: CircleQuestionMark, word: 'Question' },
  decision: { icon: Scale, word: 'Decision' },
  change: { icon: PenLine, word: 'Change' },
  undo: { icon: Undo2, word: 'Set back' },
  wait: { icon: Hourglass, word: 'Wait' },
  case: { icon: Inbox, word: 'Case' },
  end: { icon: CheckCheck, word: 'End' },
};

interface EntryLineProps {
  readonly entry: Entry;
  readonly story: StoryView;
  readonly titles: SystemTitles;
  /** Stands in the place of the time, for what is not over. */
  readonly when?: ReactNode;
}

/** One thing that happened; opens to everything that is recorded of it. */
export function EntryLine({ entry, story, titles, when }: EntryLineProps): ReactElement {
  const [open, setOpen] = useState(false);
  const { icon: Icon, word } = icons[entry.kind];
  return (
    <details className="order-entry" id={placeOf(entry.id)} data-kind={entry.kind} data-tone={entry.tone} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="order-when">{when ?? <When ms={entry.atMs} />}</span>
        <span className="order-node" title={word}>
          <Icon aria-hidden="true" />
        </span>
        <span className="order-what">
          <span className="order-title">{entry.title}</span>
          <span className="order-said">
            {entry.facts.length > 0 && <Facts facts={entry.facts} />}
            {entry.result !== '' && <span className="order-result">{entry.result}</span>}
          </span>
        </span>
        <ChevronRight aria-hidden="true" className="order-chevron" />
      </summary>
      {open && <EntryBody entry={entry} story={story} titles={titles} />}
    </details>
  );
}

/** To the millisecond, the part within the second told quietly. */
function When({ ms }: { readonly ms: number }): ReactElement {
  const zone = useZone();
  const told = preciseTime(ms, zone);
  const iso = new Date(ms).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {told.slice(0, 8)}
      <span>{told.slice(8)}</span>
    </time>
  );
}
