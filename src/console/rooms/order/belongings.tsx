import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { StoryView } from '../../../api/stories.ts';
import { PlantText } from '../../parts/plant-text.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Status } from '../../parts/status.tsx';
import { spanWords } from '../../words/time.ts';

/** Shown at most, each; the newest. */
const shownMax = 20;

/** The cases and runs that belong to a key, as links. */
export function Belongings({ story }: { readonly story: StoryView }): ReactElement {
  return (
    <>
      <section className="card" aria-labelledby="order-cases">
        <div className="card-head">
          <h2 id="order-cases">Cases</h2>
          <Shown total={story.exceptions.length} />
        </div>
        {story.exceptions.length === 0 ? <p className="quiet">Nobody had to be called.</p> : <Cases story={story} />}
      </section>
      <section className="card" aria-labelledby="order-runs">
        <div className="card-head">
          <h2 id="order-runs">Flows that ran</h2>
          <Shown total={story.runs.length} />
        </div>
        {story.runs.length === 0 ? <p className="quiet">No flow ran for it.</p> : <Runs story={story} />}
      </section>
    </>
  );
}

function Shown({ total }: { readonly total: number }): ReactElement | null {
  return total > shownMax ? (
    <span className="quiet small">
      the newest {shownMax} of {total}
    </span>
  ) : null;
}

function Cases({ story }: { readonly story: StoryView }): ReactElement {
  return (
    <ul className="order-belong">
      {story.exceptions
        .slice(-shownMax)
        .toReversed()
        .map(({ id, status, summary, owner, due }) => (
          <li key={id}>
            <Link to={`/exceptions/${encodeURIComponent(id)}`}>
              <PlantText text={summary} />
            </Link>
            <span className="order-belong-how">
              <Status status={status} /> {owner}
              {status !== 'resolved' && (
                <>
                  , due <Instant ms={Date.parse(due)} precision="day" />
                </>
              )}
            </span>
          </li>
        ))}
    </ul>
  );
}

function Runs({ story }: { readonly story: StoryView }): ReactElement {
  return (
    <ul className="order-belong">
      {story.runs
        .slice(-shownMax)
        .toReversed()
        .map(({ id, flow, title, key, status, started, ended }) => (
          <li key={id}>
            <Link to={`/flows/${encodeURIComponent(flow)}?run=${encodeURIComponent(id)}`}>{title}</Link>
            <span className="order-belong-how">
              <Status status={status === 'active' ? 'running' : status} /> {key === story.key ? '' : `${key}, `}
              <Instant ms={Date.parse(started)} />
              {ended !== undefined && `, took ${spanWords(Date.parse(ended) - Date.parse(started))}`}
            </span>
          </li>
        ))}
    </ul>
  );
}
