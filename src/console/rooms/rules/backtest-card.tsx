import { useMemo, useState, type ReactElement } from 'react';
import type { BacktestOutcome, BacktestView, RuleDetail } from '../../../api/rules.ts';
import { post } from '../../api/client.ts';
import { refresh, useHub } from '../../api/hub-query.ts';
import { Age, Instant } from '../../parts/instant.tsx';
import { Failure, Loaded } from '../../parts/notice.tsx';
import { Status } from '../../parts/status.tsx';
import { countWords, exactWords, numberWords, quantityWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { BacktestPlot } from './backtest-plot.tsx';
import { FlowList } from './flow-list.tsx';
import { comparedOf, lostSays, outcomeSays, valueWords, type ComparedEpisode } from './rule-words.ts';

const pollMs = 700;
const shownMax = 100;

/** A backtest while it runs and when it is done. */
export function BacktestCard({ id, rule }: { readonly id: string; readonly rule: RuleDetail }): ReactElement {
  const path = `/api/backtests/${encodeURIComponent(id)}`;
  const [isOver, setIsOver] = useState(false);
  const query = useHub<BacktestView>(path, isOver ? {} : { everyMs: pollMs });
  const status = query.data?.status;
  if (!isOver && status !== undefined && status !== 'running') setIsOver(true);
  return (
    <section className="card rules-backtest" aria-labelledby="rules-backtest">
      <div className="card-head">
        <h2 id="rules-backtest">What it would have said</h2>
        {query.data && (
          <p className="small quiet">
            tried by {query.data.by} <Age ms={Date.parse(query.data.started)} />
          </p>
        )}
      </div>
      <Loaded query={query} height={20}>
        {(view) => <Told view={view} rule={rule} path={path} />}
      </Loaded>
    </section>
  );
}

function Told({ view, rule, path }: { readonly view: BacktestView; readonly rule: RuleDetail; readonly path: string }): ReactElement {
  const [failure, setFailure] = useState<Error>();
  const { status, outcome, trouble } = view;
  const cancel = async (): Promise<void> => {
    try {
      await post(`${path}/cancel`);
      await refresh(path);
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    }
  };
  if (status === 'running') {
    return (
      <div className="rules-running" role="status">
        <Status status="running">running</Status>
        <p>
          {triedWords(view)} is played on what {view.edge} recorded, in a process of its own; the hub goes on meanwhile.
        </p>
        <button type="button" className="button" onClick={() => void cancel()}>
          Stop it
        </button>
        {failure && <Failure error={failure} />}
      </div>
    );
  }
  if (!outcome)
    return (
      <p className="rules-problem" role="status">
        {status === 'cancelled' ? 'It was stopped.' : 'It could not be done.'} {trouble?.message}
      </p>
    );
  return <Done view={view} outcome={outcome} rule={rule} />;
}

function triedWords({ tried }: BacktestView): string {
  const words = Object.entries(tried).map(([name, value]) => `${name} at ${valueWords(value)}`);
  return words.length === 0 ? 'The rule as it is' : words.join(', ');
}

function Done({ view, outcome, rule }: { readonly view: BacktestView; readonly outcome: BacktestOutcome; readonly rule: RuleDetail }): ReactElement {
  const live = view.live;
  const compared = useMemo(() => comparedOf(live ?? [], outcome.episodes), [live, outcome.episodes]);
  const { data, samples, course, score } = outcome;
  if (!data || !course)
    return (
      <p className="rules-outcome">Nothing of {rule.signal} is recorded in that time, so nothing can be tried on it yet. An edge writes what it records within ten seconds.</p>
    );
  return (
    <>
      <p className="rules-outcome" role="status">
        {outcomeSays(outcome.found, compared)}
      </p>
      <p className="small quiet">
        {triedWords(view)}, on {countWords(samples.own, 'sample')} of {view.edge} from <Instant ms={data.fromMs} precision="day" /> to <Instant ms={data.toMs} precision="day" /> (
        {spanWords(data.toMs - data.fromMs)}).
        {outcome.release !== '' && Object.keys(view.tried).length > 0 && ` In words: ${outcome.terms.words}.`}
      </p>
      {outcome.lost && <p className="rules-problem">{lostSays(outcome.lost)}</p>}
      <BacktestPlot outcome={outcome} course={course} live={live ?? []} rule={rule} />
      {score && (
        <p>
          It hits {numberWords(score.hit)} of {countWords(score.windows, 'known time')} (recall {percent(score.recall)}); of {countWords(score.episodes, 'episode')},{' '}
          {numberWords(score.falseEpisodes)} false (precision {percent(score.precision)}).
        </p>
      )}
      <div className="rules-columns">
        <Compared compared={compared} outcome={outcome} unit={rule.terms.unit} />
        <FlowList outcome={outcome} />
      </div>
    </>
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const verdicts = { same: ['logged', 'as it was'], new: ['waiting', 'new'], gone: ['cancelled', 'left out'] } as const;

function Compared({ compared, outcome, unit }: { readonly compared: readonly ComparedEpisode[]; readonly outcome: BacktestOutcome; readonly unit: string }): ReactElement {
  const values = new Map(outcome.episodes.map(({ firedMs, value }) => [firedMs, value]));
  const more = outcome.found - outcome.episodes.length + Math.max(0, compared.length - shownMax);
  return (
    <section aria-labelledby="rules-compared">
      <h3 id="rules-compared">Each time</h3>
      {compared.length === 0 && <p className="quiet">None, neither really nor with these limits.</p>}
      {compared.length > 0 && (
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Each time, as a table">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Really</th>
                <th scope="col">With these limits</th>
                <th scope="col">Measured</th>
                <th scope="col">
                  <span className="visually-hidden">Difference</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {compared.slice(0, shownMax).map((each) => {
                const value = each.tried && values.get(each.tried.fromMs);
                const [status, words] = verdicts[each.verdict];
                return (
                  <tr key={`${each.live?.fromMs ?? ''} ${each.tried?.fromMs ?? ''}`}>
                    <td>
                      <Time span={each.live} />
                    </td>
                    <td>
                      <Time span={each.tried} />
                    </td>
                    <td>{value === undefined ? '–' : quantityWords(Number(value.toPrecision(4)), unit)}</td>
                    <td>
                      <Status status={status}>{words}</Status>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p className="small quiet">and {exactWords(more)} more</p>}
    </section>
  );
}

function Time({ span }: { readonly span: ComparedEpisode['live'] }): ReactElement {
  if (!span) return <span className="quiet">silent</span>;
  return (
    <>
      <Instant ms={span.fromMs} />, {span.toMs === undefined ? 'not over' : spanWords(span.toMs - span.fromMs)}
    </>
  );
}
