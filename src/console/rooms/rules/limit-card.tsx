import { useState, type ReactElement } from 'react';
import type { RuleDetail } from '../../../api/rules.ts';
import { KnownLabels } from './known-labels.tsx';
import { nothingToTryOn, useSources } from './sources.ts';
import { TryForm } from './try-form.tsx';

/** The limits of a rule with who changed them when, and a field beside each to try another value on what was recorded. */
export function LimitCard({ rule, onAsked }: { readonly rule: RuleDetail; readonly onAsked: (id: string) => void }): ReactElement {
  const [labels, setLabels] = useState('');
  const { name, limits, changes, recordings, mayTry, limitsVersion } = rule;
  const sources = useSources(recordings, mayTry);
  return (
    <section className="card" aria-labelledby="rules-limits">
      <div className="card-head">
        <h2 id="rules-limits">Limits</h2>
        <p className="small quiet">version {limitsVersion}</p>
      </div>
      <TryForm
        limits={limits}
        changes={changes}
        none="It has no limit that could be set without a change of its code."
        sources={sources}
        canTry={mayTry && sources.length > 0}
        path={`/api/rules/${encodeURIComponent(name)}/backtests`}
        more={labels.trim() === '' ? {} : { labels }}
        verb="Try these limits"
        onAsked={onAsked}
      >
        <KnownLabels
          title="Compare with times that are known to have been wrong"
          line="One a line: from,to in UTC"
          example="2026-11-02T06:10:00Z,2026-11-02T06:25:00Z"
          labels={labels}
          onLabels={setLabels}
        />
      </TryForm>
      <p className="small quiet">{foot(mayTry, sources.length)}</p>
    </section>
  );
}

function foot(mayTry: boolean, sources: number): string {
  const set = 'Limits are set in limits.yaml of the landscape, or in an environment file, and count when hub and edge are started again.';
  if (!mayTry) return `${set} Operators and admins may try others here.`;
  return `${set} ${sources === 0 ? nothingToTryOn : 'Trying sends nothing, changes nothing, and is noted in the audit.'}`;
}
