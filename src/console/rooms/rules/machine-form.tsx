import { useState, type ReactElement } from 'react';
import type { MachineDetail } from '../../../api/machines.ts';
import { KnownLabels } from './known-labels.tsx';
import { nothingToTryOn, useSources } from './sources.ts';
import { TryForm } from './try-form.tsx';

/** The machine's dwell, and a field to try another one on what was recorded. */
export function MachineForm({ machine, onAsked }: { readonly machine: MachineDetail; readonly onAsked: (id: string) => void }): ReactElement {
  const [labels, setLabels] = useState('');
  const { limits, recordings, mayTry, name } = machine;
  const sources = useSources(recordings, mayTry);
  return (
    <section className="card" aria-labelledby="rules-dwell">
      <div className="card-head">
        <h2 id="rules-dwell">When a state counts</h2>
      </div>
      <TryForm
        limits={limits}
        changes={[]}
        none="Its dwell is no limit: it is changed in the landscape."
        sources={sources}
        canTry={mayTry && sources.length > 0}
        path={`/api/machines/${encodeURIComponent(name)}/backtests`}
        more={labels.trim() === '' ? {} : { labels }}
        verb="Follow it again"
        onAsked={onAsked}
      >
        <KnownLabels
          title="Compare with its states as people know them"
          line="One a line: from,to,state in UTC"
          example="2026-11-02T06:10:00Z,2026-11-02T06:25:00Z,Held"
          labels={labels}
          onLabels={setLabels}
        />
      </TryForm>
      <p className="small quiet">{foot(mayTry, sources.length)}</p>
    </section>
  );
}

function foot(mayTry: boolean, sources: number): string {
  if (!mayTry) return 'Operators and admins may try others here.';
  return sources === 0 ? nothingToTryOn : 'Trying sends nothing, changes nothing, and is noted in the audit.';
}
