import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { EdgeDetail } from '../../../api/trends.ts';
import { Age } from '../../parts/instant.tsx';
import { useTitles } from '../../shell/titles.ts';
import { PhaseBadge } from '../rules/phase-badge.tsx';

type Rules = NonNullable<NonNullable<EdgeDetail['status']>['rules']>;

/** The rules that judge at this edge, and how each stands. */
export function EdgeRules({ rules }: { readonly rules: Rules }): ReactElement {
  const titleOf = useTitles();
  return (
    <section className="card" aria-labelledby="plant-rules">
      <div className="card-head">
        <h2 id="plant-rules">Rules that judge here</h2>
      </div>
      {rules.length === 0 && <p className="quiet">No rule judges what this edge hears.</p>}
      <ul className="plant-rules">
        {rules.map(({ rule, phase, newestMs }) => (
          <li key={rule}>
            <Link to={`/rules/${encodeURIComponent(rule)}`}>{titleOf('rule', rule)}</Link>
            <PhaseBadge phase={phase} />
            <span className="small quiet">
              {newestMs === undefined ? (
                'no sample yet'
              ) : (
                <>
                  last sample <Age ms={newestMs} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
