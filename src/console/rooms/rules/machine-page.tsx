import { ArrowLeft } from 'lucide-react';
import { useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { LoggedChange, MachineDetail } from '../../../api/machines.ts';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { Loaded, NotThere } from '../../parts/notice.tsx';
import { useTitles } from '../../shell/titles.ts';
import { countWords } from '../../words/number.ts';
import { declaredSpan, spanWords } from '../../words/time.ts';
import { MachineBacktestCard } from './machine-backtest-card.tsx';
import { MachineForm } from './machine-form.tsx';

const everyMs = 4_000;

/** One machine whose states are told: its newest changes, and what they would be with another dwell. */
export function MachinePage({ name }: { readonly name: string }): ReactElement {
  const machine = useHub<MachineDetail>(`/api/machines/${encodeURIComponent(name)}`, { everyMs });
  return (
    <div className="rules">
      <Link className="rules-back small" to="/rules">
        <ArrowLeft aria-hidden="true" />
        All rules and machines
      </Link>
      {machine.error && !machine.data ? (
        <NotThere error={machine.error} title={`No machine is called “${name}”`}>
          It may belong to another release.
        </NotThere>
      ) : (
        <Loaded query={machine} height={40}>
          {(view) => <Whole machine={view} />}
        </Loaded>
      )}
    </div>
  );
}

function Whole({ machine }: { readonly machine: MachineDetail }): ReactElement {
  const titleOf = useTitles();
  const [asked, setAsked] = useState<string>();
  const { name, title, asset, signal, reason, dwellMs, owners, states } = machine;
  const shown = asked ?? machine.backtest;
  return (
    <>
      <header className="rules-head">
        <h1>{title}</h1>
        <p className="rules-says">
          Each state of {titleOf('signal', signal)} that lasts {declaredSpan(dwellMs)} is told, with how long the one before lasted
          {reason === undefined ? '' : ` and why (${titleOf('signal', reason)})`}.
        </p>
        <p className="small quiet">
          {titleOf('asset', asset)}, owned by {owners.map((owner) => titleOf('owner', owner)).join(' and ')}. <span className="mono">{name}</span>
        </p>
      </header>
      <div className="rules-columns">
        <MachineForm machine={machine} onAsked={setAsked} />
        <States states={states} />
      </div>
      {shown !== undefined && <MachineBacktestCard key={shown} id={shown} machine={machine} />}
    </>
  );
}

function States({ states }: { readonly states: readonly LoggedChange[] }): ReactElement {
  return (
    <section className="card" aria-labelledby="rules-states">
      <div className="card-head">
        <h2 id="rules-states">Its newest changes</h2>
        <p className="small quiet">{states.length === 0 ? '' : countWords(states.length, 'change')}</p>
      </div>
      {states.length === 0 && <p className="quiet">None: no edge has told of one in the newest events of the log.</p>}
      {states.length > 0 && (
        <ol className="rules-episodes" tabIndex={0} aria-label="Changes of state, newest first">
          {states.map(({ id, atMs, from, to, lasted, reason, edge }) => (
            <li key={id}>
              <strong>
                <Instant ms={atMs} precision="day" />
              </strong>
              <span>
                {from} → {to}
              </span>
              <span className="small">
                after {spanWords(lasted)}
                {reason !== undefined && `, ${reason}`}
              </span>
              <span className="small quiet">{edge}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
