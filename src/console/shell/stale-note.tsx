import { CloudOff } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import { refresh } from '../api/hub-query.ts';
import { useLiveState } from '../api/live.ts';
import { Age } from '../parts/instant.tsx';

/** Says when what is shown is not live, and since when. */
export function StaleNote(): ReactElement | null {
  const state = useLiveState();
  const [lostMs, setLostMs] = useState<number>();
  useEffect(() => {
    if (state === 'lost') setLostMs((since) => since ?? Date.now());
    if (state !== 'live') return;
    setLostMs((since) => {
      // What was asked for in between failed, or is old.
      if (since !== undefined) void refresh();
      return undefined;
    });
  }, [state]);
  if (lostMs === undefined) return null;
  return (
    <p className="stale" role="status">
      <CloudOff aria-hidden="true" />
      <span>
        The hub cannot be heard; this is what was known <Age ms={lostMs} />.<span className="stale-more"> It comes back by itself, and nothing is lost meanwhile.</span>
      </span>
    </p>
  );
}
