import { CircleCheck, Hourglass, Layers, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useMemo, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { StoryView } from '../../../api/stories.ts';
import { Age, Instant } from '../../parts/instant.tsx';
import { kindOfKey, linkedKeys, type LinkedKey } from './key-words.ts';
import type { SystemTitles } from './moment-words.ts';
import { sentenceOf, type Sentence } from './story-sentence.ts';
import type { Reading } from './value-words.ts';

const icons: Readonly<Record<Sentence['tone'], LucideIcon>> = { fine: CircleCheck, held: Layers, waiting: Hourglass, bad: TriangleAlert };

interface StoryHeadProps {
  readonly story: StoryView;
  readonly reading: Reading;
  readonly titles: SystemTitles;
}

/** What it is, how it stands in one sentence, since when, and what it hangs together with. */
export function StoryHead({ story, reading, titles }: StoryHeadProps): ReactElement {
  const { text, awaits, tone, sinceMs } = useMemo(() => sentenceOf(story, reading, titles), [story, reading, titles]);
  const links = useMemo(() => linkedKeys(story), [story]);
  const Icon = icons[tone];
  return (
    <header className="order-head">
      <h1>
        <span className="order-kind">{kindOfKey(story)}</span> {story.key}
      </h1>
      <p className="order-sentence" data-tone={tone} aria-live="polite">
        <Icon aria-hidden="true" />
        <span>{text}</span>
      </p>
      <p className="order-since">
        {awaits} So since <Instant ms={sinceMs} />, <Age ms={sinceMs} />.{story.truncated && ' Only the newest 200 events, runs and cases are told here.'}
      </p>
      {links.length > 0 && <Links links={links} />}
    </header>
  );
}

/** The other keys, those of one kind together. */
function Links({ links }: { readonly links: readonly LinkedKey[] }): ReactElement {
  const kinds = [...new Set(links.map(({ kind }) => kind))];
  return (
    <ul className="order-links" aria-label="Hangs together with">
      {kinds.map((kind) => (
        <li key={kind}>
          <span>{kind}</span>
          {links
            .filter((link) => link.kind === kind)
            .map(({ value, to }) => (
              <Link key={value} to={to}>
                {value}
              </Link>
            ))}
        </li>
      ))}
    </ul>
  );
}
