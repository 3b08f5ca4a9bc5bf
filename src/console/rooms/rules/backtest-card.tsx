import { useMemo, type ReactElement } from 'react';
import type { BacktestOutcome, BacktestView, RuleDetail } from '../../../api/rules.ts';
import { Instant } from '../../parts/instant.tsx';
import { countWords, exactWords, numberWords, quantityWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { BacktestPlot } from './backtest-plot.tsx';
import { FlowList } from './flow-list.tsx';
import { comparedOf, lostSays, outcomeSays, valueWords, type ComparedEpisode } from './rule-words.ts';
import { TriedCard } from './tried-card.tsx';
import { Verdict } from './verdict.tsx';

const shownMax = 100;

/** A backtest while it runs and when it is done. */
export function BacktestCard({ id, rule }: { readonly id: string; readonly rule: RuleDetail }): ReactElement {
  return (
    <TriedCard<BacktestView>
      title="What it would have said"
      path={`/api/backtests/${encodeURIComponent(id)}`}
      running={(view) => `${triedWords(view)} is played on what ${view.edge} recorded, in a process of its own; the hub goes on meanwhile.`}
      done={(view) => view.outcome && <Done view={view} outcome={view.outcome} rule={rule} />}
    />
  );
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
                      <Verdict of={each.verdict} />
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
