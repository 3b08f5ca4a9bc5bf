import { FlaskConical } from 'lucide-react';
import { useState, type ReactElement, type SubmitEvent } from 'react';
import type { MachineBacktestView, MachineDetail } from '../../../api/machines.ts';
import { post } from '../../api/client.ts';
import { Limit, spans, triedValue } from './limit-card.tsx';

/** The machine's dwell, and a field to try another one on what was recorded. */
export function MachineForm({ machine, onAsked }: { readonly machine: MachineDetail; readonly onAsked: (id: string) => void }): ReactElement {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [edge, setEdge] = useState('');
  const [span, setSpan] = useState(0);
  const [problem, setProblem] = useState<Error>();
  const [isAsking, setIsAsking] = useState(false);
  const { limits, recordings, mayTry, name } = machine;
  const canTry = mayTry && recordings.length > 0;
  const run = async (): Promise<void> => {
    setIsAsking(true);
    setProblem(undefined);
    try {
      const ms = spans[span]?.[1];
      const body = {
        edge: edge === '' ? recordings[0] : edge,
        limits: Object.fromEntries(limits.flatMap((limit) => triedValue(limit, typed[limit.name]))),
        ...(ms !== undefined && { from: new Date(Date.now() - ms).toISOString() }),
      };
      onAsked((await post<MachineBacktestView>(`/api/machines/${encodeURIComponent(name)}/backtests`, body)).id);
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setIsAsking(false);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void run();
  };
  return (
    <section className="card" aria-labelledby="rules-dwell">
      <div className="card-head">
        <h2 id="rules-dwell">When a state counts</h2>
      </div>
      <form onSubmit={submit}>
        {limits.length === 0 && <p className="quiet">Its dwell is no limit: it is changed in the landscape.</p>}
        <ul className="rules-limits">
          {limits.map((limit) => (
            <Limit key={limit.name} limit={limit} change={undefined} typed={typed[limit.name]} canTry={canTry} onTyped={(text) => setTyped({ ...typed, [limit.name]: text })} />
          ))}
        </ul>
        {canTry && (
          <div className="rules-try">
            {recordings.length > 1 && (
              <label className="field">
                <span>Recording of</span>
                <select value={edge} onChange={(event) => setEdge(event.target.value)}>
                  {recordings.map((each) => (
                    <option key={each} value={each}>
                      {each}
                    </option>
                  ))}
                </select>
              </label>
            )}
            <label className="field">
              <span>On</span>
              <select value={span} onChange={(event) => setSpan(Number(event.target.value))}>
                {spans.map(([words], index) => (
                  <option key={words} value={index}>
                    {words}
                  </option>
                ))}
              </select>
            </label>
            <button type="submit" className="button" data-kind="primary" disabled={isAsking}>
              <FlaskConical aria-hidden="true" />
              Follow it again
            </button>
          </div>
        )}
        {problem && (
          <p className="rules-problem" role="alert">
            {problem.message}
          </p>
        )}
      </form>
      <p className="small quiet">{foot(machine)}</p>
    </section>
  );
}

function foot({ mayTry, recordings, name }: MachineDetail): string {
  if (!mayTry) return 'Operators and admins may try others here.';
  if (recordings.length === 0) return `No recording is at hand here; where an edge has one, run “lineshaft machines backtest ${name}” there.`;
  return 'Trying sends nothing, changes nothing, and is noted in the audit.';
}
