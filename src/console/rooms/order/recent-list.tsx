import { useMemo, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { EventView } from '../../../api/event-view.ts';
import type { RunView } from '../../../api/runs.ts';
import type { ProcessView } from '../../../api/stories.ts';
import { useHub } from '../../api/hub-query.ts';
import { Age, Instant } from '../../parts/instant.tsx';
import { Empty, Failure, Skeleton } from '../../parts/notice.tsx';
import { Status } from '../../parts/status.tsx';
import { recentKeys, recentKeysMax, type RecentKey } from './recent-keys.ts';
import { useTitles } from './story-titles.ts';

/** The keys seen lately, each with how it stands. */
export function RecentKeys(): ReactElement {
  const processes = useHub<readonly ProcessView[]>('/api/processes', { on: ['event', 'run', 'exception'] });
  const runs = useHub<readonly RunView[]>('/api/runs?limit=100', { on: ['run'] });
  const events = useHub<readonly EventView[]>('/api/events?limit=100', { on: ['event'] });
  const titles = useTitles();
  const keys = useMemo(() => {
    if (!processes.data || !runs.data || !events.data) return undefined;
    return recentKeys({ processes: processes.data, runs: runs.data, events: events.data }, titles.nodes);
  }, [processes.data, runs.data, events.data, titles]);
  const error = processes.error ?? runs.error ?? events.error;
  return (
    <section className="card" aria-labelledby="order-recent">
      <div className="card-head">
        <h2 id="order-recent">Seen lately</h2>
        <span className="quiet small">newest first, at most {recentKeysMax}</span>
      </div>
      {keys ? <RecentList keys={keys} /> : error ? <Failure error={error} /> : <Skeleton height={24} label="The keys seen lately are being read" />}
    </section>
  );
}

function RecentList({ keys }: { readonly keys: readonly RecentKey[] }): ReactElement {
  if (keys.length === 0) return <Empty title="No key was seen yet">As soon as the plant or a system tells of an order, it is listed here.</Empty>;
  return (
    <ul className="order-recent">
      {keys.map(({ key, kind, state, status, title, atMs }) => (
        <li key={key}>
          <Link to={`/orders/${encodeURIComponent(key)}`} className="order-recent-key">
            <strong title={key}>{key}</strong>
            <span>{kind}</span>
          </Link>
          <span className="order-recent-what" title={title}>
            {title}
          </span>
          <Status status={status}>{state}</Status>
          <span className="order-recent-time">
            <Instant ms={atMs} />{' '}
            <span className="quiet">
              (<Age ms={atMs} />)
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
