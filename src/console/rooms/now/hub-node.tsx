import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { ExceptionView } from '../../../api/exceptions.ts';
import type { RunView } from '../../../api/runs.ts';
import { useHub } from '../../api/hub-query.ts';

/** The hub in the middle of the map: the shaft that all hang on, with what runs on it. */
export function HubNode(): ReactElement {
  const { active, queued, parked } = useRunCounts();
  const { data: cases = [] } = useHub<readonly ExceptionView[]>('/api/exceptions', { on: ['exception'] });
  return (
    <section className="now-node now-hub" aria-label="Lineshaft">
      <img src="/icon.svg" alt="" />
      <h3>Lineshaft</h3>
      <div className="now-hub-counts">
        <p>
          <strong>{active}</strong> active {active === 1 ? 'run' : 'runs'}
        </p>
        {queued > 0 && (
          <p>
            <strong>{queued}</strong> queued
          </p>
        )}
        <p data-tone={parked > 0 ? 'bad' : undefined}>
          <strong>{parked}</strong> parked
        </p>
        <Link to="/exceptions" data-tone={cases.length > 0 ? 'bad' : undefined}>
          <strong>{cases.length}</strong> open {cases.length === 1 ? 'case' : 'cases'}
        </Link>
      </div>
    </section>
  );
}

/** As many as are counted; above that it is told as that many. */
const countMax = 100;

export function useRunCounts(): { readonly active: number; readonly queued: number; readonly parked: number } {
  const { data: active = [] } = useHub<readonly RunView[]>(`/api/runs?status=active&limit=${countMax}`, { on: ['run'] });
  const { data: queued = [] } = useHub<readonly RunView[]>(`/api/runs?status=queued&limit=${countMax}`, { on: ['run'] });
  const { data: parked = [] } = useHub<readonly RunView[]>(`/api/runs?status=parked&limit=${countMax}`, { on: ['run'] });
  return { active: active.length, queued: queued.length, parked: parked.length };
}
