// One key: the sentence, what happened, each system side by side, the trace.
import { useMemo, type ReactElement } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { StoryView } from '../../../api/stories.ts';
import { Problem } from '../../api/client.ts';
import { useHub } from '../../api/hub-query.ts';
import { Failure, Skeleton } from '../../parts/notice.tsx';
import { useZone } from '../../shell/plant.ts';
import { Belongings } from './belongings.tsx';
import { KeyForm } from './key-form.tsx';
import { RecentKeys } from './recent-list.tsx';
import { SideBySide } from './side-by-side.tsx';
import { StoryHead } from './story-head.tsx';
import { useTitles } from './story-titles.ts';
import { Timeline } from './timeline.tsx';
import { Trace } from './trace.tsx';
import type { Reading } from './value-words.ts';

/** Read anew at least so often, for what no message tells: how old things are. */
const everyMs = 15_000;

export function OrderStory({ of }: { readonly of: string }): ReactElement {
  const query = useHub<StoryView>(`/api/trail/${encodeURIComponent(of)}`, { on: ['event', 'run', 'step', 'exception'], everyMs });
  if (query.data) return <Story story={query.data} />;
  if (query.error instanceof Problem && query.error.status === 404) return <Unknown of={of} />;
  if (!query.error) return <StoryOutline of={of} />;
  return (
    <div className="order">
      <h1>{of}</h1>
      <Failure error={query.error} />
    </div>
  );
}

function Story({ story }: { readonly story: StoryView }): ReactElement {
  const [search] = useSearchParams();
  const zone = useZone();
  const titles = useTitles();
  const reading: Reading = useMemo(() => ({ zone, nowMs: Date.parse(story.at) }), [zone, story.at]);
  const view = search.get('view') === 'trace' ? 'trace' : 'story';
  return (
    <div className="order">
      <StoryHead story={story} reading={reading} titles={titles.systems} />
      <ViewLinks view={view} />
      {view === 'trace' ? (
        <Trace story={story} titles={titles.nodes} />
      ) : (
        <div className="order-columns">
          <div className="order-side">
            <SideBySide story={story} reading={reading} titles={titles.systems} />
            <Belongings story={story} />
          </div>
          <Timeline story={story} reading={reading} titles={titles.systems} />
        </div>
      )}
    </div>
  );
}

const views = [
  { view: 'story', title: 'Story', to: '?' },
  { view: 'trace', title: 'Trace', to: '?view=trace' },
] as const;

function ViewLinks({ view }: { readonly view: 'story' | 'trace' }): ReactElement {
  return (
    <nav className="order-views" aria-label="Views of this key">
      {views.map((one) => (
        <Link key={one.view} to={one.to} aria-current={one.view === view ? 'page' : undefined} preventScrollReset>
          {one.title}
        </Link>
      ))}
    </nav>
  );
}

function Unknown({ of }: { readonly of: string }): ReactElement {
  return (
    <div className="order">
      <header className="order-head">
        <h1>{of}</h1>
        <p className="order-sentence" data-tone="fine">
          Nothing is known of it yet.
        </p>
        <p className="quiet">No event, run or case carries this key. If something comes that does, it appears here by itself.</p>
      </header>
      <KeyForm />
      <RecentKeys />
    </div>
  );
}

/** The page before its content: the same places. */
function StoryOutline({ of }: { readonly of: string }): ReactElement {
  return (
    <div className="order">
      <header className="order-head">
        <h1>{of}</h1>
        <Skeleton height={3.75} label={`The story of ${of} is being read`} />
        <Skeleton height={1.2} />
      </header>
      <ViewLinks view="story" />
      <div className="order-columns">
        <div className="order-side">
          <Skeleton height={22} />
        </div>
        <div className="order-timeline">
          <Skeleton height={40} />
        </div>
      </div>
    </div>
  );
}
