import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { FlowActivityView } from '../../../api/flows.ts';
import type { RunDetail, RunView } from '../../../api/runs.ts';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { Empty, Loaded } from '../../parts/notice.tsx';
import { runStatus } from '../../parts/run-status.ts';
import { Status } from '../../parts/status.tsx';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';

const runsMax = 30;

/** Where a flow's newest runs are read. */
export function runsPath(flow: string): string {
  return `/api/runs?flow=${encodeURIComponent(flow)}&limit=${runsMax}`;
}

interface RunPanelProps {
  readonly flow: string;
  readonly activity: FlowActivityView;
  /** Id of the run that lights the drawing. */
  readonly shown: string | undefined;
  readonly run: RunDetail | undefined;
  readonly show: (run: string | undefined) => void;
}

/** The flow's runs; choosing one lights the drawing with it. */
export function RunPanel({ flow, activity, shown, run, show }: RunPanelProps): ReactElement {
  const runs = useHub<readonly RunView[]>(runsPath(flow), { on: ['run'] });
  return (
    <section className="card">
      <div className="card-head">
        <h2>Runs</h2>
        <span className="quiet small">{countsOf(activity)}</span>
      </div>
      {shown !== undefined && (
        <div className="flow-chosen">
          <p>
            The drawing shows <strong>{run?.key ?? 'one run'}</strong>.
          </p>
          {run?.reason !== undefined && <p>{run.reason}</p>}
          <button type="button" className="button" onClick={() => show(undefined)}>
            Show all runs again
          </button>
        </div>
      )}
      <Loaded query={runs} height={12}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="It has not run yet">The next event of its kind starts it.</Empty>
          ) : (
            <ul className="flow-runs">
              {all.map((each) => (
                <RunRow key={each.id} run={each} isShown={each.id === shown} show={show} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {(runs.data?.length ?? 0) >= runsMax && <p className="quiet small">The newest {runsMax}.</p>}
    </section>
  );
}

function RunRow({ run, isShown, show }: { readonly run: RunView; readonly isShown: boolean; readonly show: (run: string | undefined) => void }): ReactElement {
  const startedMs = Date.parse(run.started);
  const ended = run.ended === undefined ? undefined : Date.parse(run.ended) - startedMs;
  return (
    <li className="flow-run" data-shown={isShown}>
      <button type="button" className="flow-run-button" aria-pressed={isShown} onClick={() => show(isShown ? undefined : run.id)}>
        <strong>{run.key}</strong>
        <span className="quiet small">
          <Instant ms={startedMs} precision="day" />
          {ended !== undefined && `, took ${spanWords(ended)}`}
          {run.deadline !== undefined && (
            <>
              , to be over by <Instant ms={Date.parse(run.deadline)} precision="day" />
            </>
          )}
        </span>
        <Status status={runStatus(run)} />
      </button>
      <Link className="small" to={`/orders/${encodeURIComponent(run.key)}`} aria-label={`Story of ${run.key}`}>
        Story
      </Link>
    </li>
  );
}

function countsOf({ runs, sampled }: FlowActivityView): string {
  const said = (['running', 'waiting', 'queued', 'parked', 'failed', 'compensated', 'done'] as const).filter((state) => runs[state] > 0).map((state) => `${runs[state]} ${state}`);
  return said.length === 0 ? 'none yet' : `${said.join(', ')}, of the newest ${countWords(sampled, 'run')}`;
}
