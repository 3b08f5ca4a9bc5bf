import { CheckCircle2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { CaseLine } from '../../../api/overview.ts';
import { Age } from '../../parts/instant.tsx';
import { Loaded } from '../../parts/notice.tsx';
import { Status } from '../../parts/status.tsx';
import { useZone } from '../../shell/plant.ts';
import { shownText } from '../../words/text.ts';
import { clockTime } from '../../words/time.ts';
import { nounOf } from './headline.ts';
import { urgentFirst } from './urgency.ts';
import { useOverview } from './use-overview.ts';
import { useTitles } from './use-plant.ts';

const shownMax = 5;

/** The open cases, most urgent first. */
export function Needs(): ReactElement {
  const query = useOverview();
  const count = query.data?.exceptions.open ?? 0;
  return (
    <section className="card now-needs" aria-labelledby="now-needs">
      <div className="card-head">
        <h2 id="now-needs">What needs you</h2>
        {count > 0 && <Link to="/exceptions">{count > shownMax ? `All ${count} cases` : 'All cases'}</Link>}
      </div>
      <Loaded query={query} height={6}>
        {({ exceptions }) =>
          exceptions.open === 0 ? (
            <p className="now-calm">
              <CheckCircle2 aria-hidden="true" />
              <span>
                <strong>Nothing needs you.</strong> What has to wait waits in order and goes on by itself.
              </span>
            </p>
          ) : (
            <ul className="now-cases" data-many={exceptions.open > 3}>
              {urgentFirst(exceptions.next)
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

function Case({ one }: { readonly one: CaseLine }): ReactElement {
  const zone = useZone();
  const owner = useTitles()(`owner:${one.owner}`) ?? one.owner;
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
          <span className="quiet">
            {one.status === 'acknowledged' ? 'With' : 'For'} {nounOf(owner).replace(/^the /, '')}:{' '}
          </span>
          {shownText(one.summary, (ms) => clockTime(ms, zone))}
        </span>
      </Link>
    </li>
  );
}
