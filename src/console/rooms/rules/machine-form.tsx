import type { ReactElement } from 'react';
import type { MachineDetail } from '../../../api/machines.ts';
import { TryForm } from './try-form.tsx';

/** The machine's dwell, and a field to try another one on what was recorded. */
export function MachineForm({ machine, onAsked }: { readonly machine: MachineDetail; readonly onAsked: (id: string) => void }): ReactElement {
  const { limits, recordings, mayTry, name } = machine;
  return (
    <section className="card" aria-labelledby="rules-dwell">
      <div className="card-head">
        <h2 id="rules-dwell">When a state counts</h2>
      </div>
      <TryForm
        limits={limits}
        changes={[]}
        none="Its dwell is no limit: it is changed in the landscape."
        recordings={recordings}
        canTry={mayTry && recordings.length > 0}
        path={`/api/machines/${encodeURIComponent(name)}/backtests`}
        verb="Follow it again"
        onAsked={onAsked}
      />
      <p className="small quiet">{foot(machine)}</p>
    </section>
  );
}

function foot({ mayTry, recordings, name }: MachineDetail): string {
  if (!mayTry) return 'Operators and admins may try others here.';
  if (recordings.length === 0) return `No recording is at hand here; where an edge has one, run “lineshaft machines backtest ${name}” there.`;
  return 'Trying sends nothing, changes nothing, and is noted in the audit.';
}
