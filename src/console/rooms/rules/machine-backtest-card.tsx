import { useMemo, type ReactElement } from 'react';
import type { MachineBacktestView, MachineDetail, MachineOutcome } from '../../../api/machines.ts';
import { Instant } from '../../parts/instant.tsx';
import { countWords, exactWords } from '../../words/number.ts';
import { declaredSpan, spanWords } from '../../words/time.ts';
import { FlowList } from './flow-list.tsx';
import { agreementSays, comparedChanges, machineSays, shareWords, type ComparedChange } from './machine-words.ts';
import { lostSays } from './rule-words.ts';
import { StateBand } from './state-band.tsx';
import { TriedCard } from './tried-card.tsx';
import { Verdict } from './verdict.tsx';

const shownMax = 100;

/** A machine that is followed again, while that runs and when it is done. */
export function MachineBacktestCard({ id, machine }: { readonly id: string; readonly machine: MachineDetail }): ReactElement {
  return (
    <TriedCard<MachineBacktestView>
      title="What would have been told"
      path={`/api/machine-backtests/${encodeURIComponent(id)}`}
      running={({ edge }) => `It is followed through what ${edge} recorded, in a process of its own; the hub goes on meanwhile.`}
      done={(view) => view.outcome && <Done view={view} outcome={view.outcome} machine={machine} />}
    />
  );
}

function Done({ view, outcome, machine }: { readonly view: MachineBacktestView; readonly outcome: MachineOutcome; readonly machine: MachineDetail }): ReactElement {
  const live = view.live;
  const compared = useMemo(() => comparedChanges(live ?? [], outcome), [live, outcome]);
  const { data, samples, dwellMs, lost, coming, spans, found, labels, score } = outcome;
  if (!data)
    return <p className="rules-outcome">Nothing of {machine.signal} is recorded in that time, so it cannot be followed yet. An edge writes what it records within ten seconds.</p>;
  return (
    <>
      <p className="rules-outcome" role="status">
        {machineSays(found, compared)}
      </p>
      <p className="small quiet">
        With a dwell of {declaredSpan(dwellMs)}, on {countWords(samples.own, 'value')} of {view.edge} from <Instant ms={data.fromMs} precision="day" /> to{' '}
        <Instant ms={data.toMs} precision="day" /> ({spanWords(data.toMs - data.fromMs)}).
        {coming && (
          <>
            {' '}
            Since <Instant ms={coming.atMs} /> it was {coming.state}, which had not lasted for the dwell yet.
          </>
        )}
      </p>
      {lost && <p className="rules-problem">{lostSays(lost)}</p>}
      <StateBand spans={spans} data={data} title="States over time" />
      {labels.length > 0 && <StateBand spans={labels} data={data} title="As people know them" />}
      {score && <p>{agreementSays(score)}</p>}
      <div className="rules-columns">
        <Changes compared={compared} />
        <div className="rules-beside">
          <Times outcome={outcome} wholeMs={data.toMs - data.fromMs} />
          <FlowList outcome={outcome} />
        </div>
      </div>
    </>
  );
}

function Changes({ compared }: { readonly compared: readonly ComparedChange[] }): ReactElement {
  return (
    <section aria-labelledby="rules-changes">
      <h3 id="rules-changes">Each change</h3>
      {compared.length === 0 && <p className="quiet">None, neither really nor so.</p>}
      {compared.length > 0 && (
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Each change, as a table">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col">Difference</th>
              </tr>
            </thead>
            <tbody>
              {compared.slice(0, shownMax).map(({ id, atMs, from, to, lasted, reason, verdict }) => (
                <tr key={id}>
                  <td>
                    <Instant ms={atMs} />
                  </td>
                  <td>
                    {from}, {spanWords(lasted)}
                    {reason !== undefined && `, ${reason}`}
                  </td>
                  <td>{to}</td>
                  <td>
                    <Verdict of={verdict} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {compared.length > shownMax && <p className="small quiet">and {exactWords(compared.length - shownMax)} more</p>}
    </section>
  );
}

function Times({ outcome: { times }, wholeMs }: { readonly outcome: MachineOutcome; readonly wholeMs: number }): ReactElement {
  return (
    <section aria-labelledby="rules-times">
      <h3 id="rules-times">How long in which state</h3>
      {times.length === 0 && <p className="quiet">No state has lasted for the dwell.</p>}
      <ul>
        {times.map(({ state, reason, count, ms }) => (
          <li key={`${state} ${reason ?? ''}`}>
            <strong>{state}</strong>
            {reason !== undefined && ` (${reason})`}: {shareWords(ms, wholeMs)}, {countWords(count, 'time')}
          </li>
        ))}
      </ul>
    </section>
  );
}
