import { CloudOff } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { useLiveState } from '../../api/live.ts';
import { useOverview } from './use-overview.ts';

/** The hub in the middle of the map: the shaft that all hang on, with what runs on it. */
export function HubNode(): ReactElement {
  const { data: overview } = useOverview();
  const { running = 0, waiting = 0 } = overview?.active ?? {};
  const { queued = 0, parked = 0 } = overview?.runs ?? {};
  const lost = useLiveState() === 'lost';
  const open = overview?.exceptions.open ?? 0;
  return (
    <section className="now-node now-hub" aria-label="Lineshaft" data-lost={lost}>
      <img src="/icon.svg" alt="" />
      <h3>Lineshaft</h3>
      {lost && (
        <p className="now-hub-lost">
          <CloudOff aria-hidden="true" /> not heard
        </p>
      )}
      <div className="now-hub-counts">
        <Count count={running} words={running === 1 ? 'run works' : 'runs work'} />
        <Count count={waiting} words={waiting === 1 ? 'run waits' : 'runs wait'} />
        {queued > 0 && <Count count={queued} words="queued" />}
        {parked > 0 && <Count count={parked} words="parked" tone="bad" />}
        <Link to="/exceptions" data-tone={open > 0 ? 'bad' : undefined}>
          <strong>{open}</strong> open {open === 1 ? 'case' : 'cases'}
        </Link>
      </div>
    </section>
  );
}

function Count({ count, words, tone }: { readonly count: number; readonly words: string; readonly tone?: 'bad' }): ReactElement {
  return (
    <p data-tone={tone}>
      <strong>{count}</strong> {words}
    </p>
  );
}
