import { CheckCircle2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { ExceptionView } from '../../../api/exceptions.ts';
import { useHub } from '../../api/hub-query.ts';
import { Age } from '../../parts/instant.tsx';
import { Loaded } from '../../parts/notice.tsx';
import { Status } from '../../parts/status.tsx';
import { urgentFirst } from './urgency.ts';
import { useGraph } from './use-plant.ts';

const shownMax = 5;

/** The open cases, most urgent first. */
export function Needs(): ReactElement {
  const query = useHub<readonly ExceptionView[]>('/api/exceptions', { on: ['exception'], everyMs: 60_000 });
  const count = query.data?.length ?? 0;
  return (
    <section className="card now-needs" aria-labelledby="now-needs">
      <div className="card-head">
        <h2 id="now-needs">What needs you</h2>
        {count > 0 && <Link to="/exceptions">{count > shownMax ? `All ${count} cases` : 'All cases'}</Link>}
      </div>
      <Loaded query={query} height={6}>
        {(cases) =>
          cases.length === 0 ? (
            <p className="now-calm">
              <CheckCircle2 aria-hidden="true" />
              <span>
                <strong>Nothing needs you.</strong> What has to wait waits in order and goes on by itself.
              </span>
            </p>
          ) : (
            <ul className="now-cases" data-many={cases.length > 2}>
              {urgentFirst(cases)
                .slice(0, shownMax)
                .map((one) => (
                  <Case key={one.id} one={one} />
                ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Case({ one }: { readonly one: ExceptionView }): ReactElement {
  const graph = useGraph();
  const owner = graph?.nodes.find(({ id }) => id === `owner:${one.owner}`)?.title ?? one.owner;
  return (
    <li>
      <Link className="now-case" to={`/exceptions/${encodeURIComponent(one.id)}`}>
        <span className="now-case-top">
          <Status status={one.severity} />
          {one.key !== undefined && <span className="now-key">{one.key}</span>}
          <span className="now-due" data-overdue={one.overdue}>
            {one.overdue ? 'was due ' : 'due '}
            <Age ms={Date.parse(one.due)} />
          </span>
        </span>
        <span className="now-case-summary" title={one.summary}>
          {one.summary}
        </span>
        <span className="now-under">
          {one.status === 'acknowledged' ? 'with' : 'for'} {owner}
        </span>
      </Link>
    </li>
  );
}
