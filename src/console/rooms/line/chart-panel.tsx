import { Suspense, useMemo, useState, type KeyboardEvent, type ReactElement } from 'react';
import { Skeleton } from '../../parts/notice.tsx';
import { useTrend } from '../../api/live.ts';
import type { Trend, TrendPoint } from '../../api/trend-memory.ts';
import { laterPart } from '../../shell/later-part.ts';
import { useZone } from '../../shell/plant.ts';
import { numberWords, unitWords } from '../../words/number.ts';
import { clockTime, minuteTime } from '../../words/time.ts';
import { chartData, chartFromMs, minuteRows } from './chart-data.ts';
import type { Episode } from './episodes.ts';
import type { MachineParts } from './line-parts.ts';
import { sampleWords, shareWords } from './line-words.ts';
import { useEventNow } from './use-line.ts';

const RateChart = laterPart(async () => (await import('./rate-chart.tsx')).RateChart);

/** Episodes that are marked in the chart. */
const episodesMax = 20;

/** The throughput of one machine against its target, with what its rule found. */
export function ChartPanel({ machine, episodes }: { readonly machine: MachineParts; readonly episodes: readonly Episode[] }): ReactElement {
  const zone = useZone();
  const trend = useTrend(machine.rate?.name ?? '');
  const { points } = trend;
  const nowMs = useEventNow(points.at(-1)?.atMs);
  const share = machine.rule?.percentOf === undefined ? undefined : machine.rule.limit / 100;
  const data = useMemo(() => chartData(trend.points, share), [trend, share]);
  const fromMs = chartFromMs(points[0]?.atMs, nowMs);
  const shownEpisodes = useMemo(() => episodes.filter(({ clearedMs }) => clearedMs === undefined || clearedMs > fromMs).slice(-episodesMax), [episodes, fromMs]);
  const [pointed, setPointed] = useState<number>();
  const [chosenMs, setChosenMs] = useState<number>();
  const unit = machine.rate?.unit ?? '1';
  const chosen = chosenMs === undefined ? undefined : points.findLastIndex(({ atMs }) => atMs <= chosenMs);
  const rowOf = (second: number | undefined): TrendPoint | undefined => points.find(({ atMs }) => atMs / 1_000 === second);
  const told = (chosen === undefined ? undefined : points[chosen]) ?? (pointed === undefined ? undefined : rowOf(data[0][pointed])) ?? points.at(-1);
  const move = (event: KeyboardEvent): void => {
    const at = chosen ?? points.length - 1;
    const step = event.shiftKey ? 30 : 1;
    const next = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: points.length - 1 }[event.key];
    if (event.key === 'Escape') setChosenMs(undefined);
    if (next === undefined || points.length === 0) return;
    event.preventDefault();
    setChosenMs(points[Math.max(0, Math.min(points.length - 1, next))]?.atMs);
  };
  return (
    <section className="card line-chart" aria-labelledby="line-chart-title">
      <div className="card-head">
        <h2 id="line-chart-title">{machine.title}: what it made in the last minutes</h2>
        <p className="line-told">{told ? pointWords(told, unit, zone) : 'Nothing heard yet'}</p>
      </div>
      <div
        className="line-plot-place"
        tabIndex={0}
        role="group"
        aria-label={`Chart of the throughput of ${machine.title}. Left and right tell it second by second, with shift by half a minute; the same stands in the table below.`}
        onKeyDown={move}
        onBlur={() => setChosenMs(undefined)}
      >
        <Suspense fallback={<Skeleton height={17} label="The chart is being read" />}>
          <RateChart
            data={data}
            episodes={shownEpisodes}
            fromMs={fromMs}
            nowMs={nowMs}
            zone={zone}
            chosen={chosen === undefined ? undefined : data[0].indexOf((points[chosen]?.atMs ?? 0) / 1_000)}
            onPoint={setPointed}
          />
        </Suspense>
      </div>
      <p className="visually-hidden" role="status">
        {chosen !== undefined && points[chosen] ? pointWords(points[chosen], unit, zone) : ''}
      </p>
      <Legend machine={machine} hasEpisode={shownEpisodes.length > 0} />
      <MinuteTable trend={trend} unit={unit} title={machine.title} />
    </section>
  );
}

function pointWords({ atMs, average, lowest, highest, target }: TrendPoint, unit: string, zone: string | undefined): string {
  const range = lowest === highest ? '' : ` (${sampleWords(lowest)} to ${sampleWords(highest)})`;
  const against = target === undefined || target === 0 ? '' : `, ${shareWords(average / target)}`;
  return `${clockTime(atMs, zone)}  ${sampleWords(average)} ${unitWords(unit)}${range}${against}`;
}

function Legend({ machine, hasEpisode }: { readonly machine: MachineParts; readonly hasEpisode: boolean }): ReactElement {
  const { rule, rate } = machine;
  return (
    <ul className="line-legend small quiet">
      <li>
        <i data-mark="rate" aria-hidden="true" />
        Made, {unitWords(rate?.unit ?? '1')}, each second from lowest to highest
      </li>
      {machine.target !== undefined && (
        <li>
          <i data-mark="target" aria-hidden="true" />
          Target
        </li>
      )}
      {rule?.percentOf !== undefined && (
        <li>
          <i data-mark="limit" aria-hidden="true" />
          Limit of the rule, {rule.limit} % of target
        </li>
      )}
      {hasEpisode && (
        <li>
          <i data-mark="slow" aria-hidden="true" />
          Too slow; darker: the window in which the rule found it
        </li>
      )}
    </ul>
  );
}

/** The same in words, by the minute; put together only while it is open. */
function MinuteTable({ trend, unit, title }: { readonly trend: Trend; readonly unit: string; readonly title: string }): ReactElement {
  const zone = useZone();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="line-table" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {isOpen && (
        <table className="table">
          <caption className="visually-hidden">
            What {title} made by the minute, in {unitWords(unit)}
          </caption>
          <thead>
            <tr>
              <th scope="col">Minute</th>
              <th scope="col">Average, {unitWords(unit)}</th>
              <th scope="col">Lowest</th>
              <th scope="col">Highest</th>
              <th scope="col">Target</th>
            </tr>
          </thead>
          <tbody>
            {minuteRows(trend.points).map(({ fromMs, average, lowest, highest, target }) => (
              <tr key={fromMs}>
                <th scope="row">{minuteTime(fromMs, zone)}</th>
                <td>{sampleWords(average)}</td>
                <td>{sampleWords(lowest)}</td>
                <td>{sampleWords(highest)}</td>
                <td>{target === undefined ? '–' : numberWords(target)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
