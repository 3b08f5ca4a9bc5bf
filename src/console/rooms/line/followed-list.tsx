import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Instant } from '../../parts/instant.tsx';
import { runStatus, type RunStatusWord } from '../../parts/run-status.ts';
import { Status } from '../../parts/status.tsx';
import { useTitles } from '../../shell/titles.ts';
import { spanWords } from '../../words/time.ts';
import type { Consequence } from './followed.ts';

/** What Lineshaft did about it: the newest findings of the rules, with the runs and cases that came of each. */
export function FollowedList({ consequences, max }: { readonly consequences: readonly Consequence[]; readonly max: number }): ReactElement {
  const titleOf = useTitles();
  return (
    <section className="card line-followed" aria-labelledby="line-followed-title">
      <div className="card-head">
        <h2 id="line-followed-title">What was done about it</h2>
        {consequences.length >= max && <p className="small quiet">the newest {max}</p>}
      </div>
      {consequences.length === 0 && <p className="quiet">Nothing had to be done: no machine of this line was too slow for long enough to count.</p>}
      <ol>
        {consequences.map(({ event, isCleared, runs, cases }) => (
          <li key={event.position}>
            <p className="line-found" data-cleared={isCleared}>
              {isCleared ? <CircleCheck aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />}
              <Instant ms={Date.parse(event.time)} />
              <strong>{titleOf('contract', event.type.replace(/\.v\d+$/, ''))}</strong>
              <span className="quiet">
                {[event.keys['asset'] === undefined ? '' : titleOf('asset', event.keys['asset']), event.keys['order'] ?? ''].filter((word) => word !== '').join(', ')}
              </span>
            </p>
            <ul>
              {runs.map((run) => (
                <li key={run.id}>
                  <RunStatus status={runStatus(run)} />
                  <span>
                    <Link to={`/flows/${encodeURIComponent(run.flow)}?run=${encodeURIComponent(run.id)}`}>{titleOf('flow', run.flow)}</Link> for{' '}
                    <Link to={`/orders/${encodeURIComponent(run.key)}`}>{run.key}</Link>
                    {run.ended !== undefined && <span className="quiet">, took {spanWords(Date.parse(run.ended) - Date.parse(run.started))}</span>}
                  </span>
                </li>
              ))}
              {cases.map((each) => (
                <li key={each.id}>
                  <Status status={each.status} />
                  <span>
                    <Link to={`/exceptions/${encodeURIComponent(each.id)}`}>{each.title ?? each.summary}</Link>
                    <span className="quiet">, for {each.owners.map((owner) => titleOf('owner', owner)).join(', ')}</span>
                  </span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What is not over is under way; what was compensated was taken back. */
function RunStatus({ status }: { readonly status: RunStatusWord }): ReactElement {
  if (status === 'compensated') return <Status status="undone">taken back</Status>;
  return <Status status={status === 'active' ? 'running' : status === 'queued' ? 'waiting' : status} />;
}
