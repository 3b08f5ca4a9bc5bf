import { useMemo, type ReactElement } from 'react';
import type { BacktestOutcome, LoggedEpisode, RuleDetail } from '../../../api/rules.ts';
import { useZone } from '../../shell/plant.ts';
import { countWords, exactWords, unitWords } from '../../words/number.ts';
import { clockTime, dayTime, spanWords } from '../../words/time.ts';
import { coursePath, levelPath, plotHeight, plotWidth, scaleOf, sharePath, spanPlace, ticksOf, yOf, type Course, type Scale } from './plot-shape.ts';

interface BacktestPlotProps {
  readonly outcome: BacktestOutcome;
  readonly course: Course;
  readonly live: readonly LoggedEpisode[];
  readonly rule: RuleDetail;
}

const marksAt = [0, 0.25, 0.5, 0.75, 1];

/** The signal with its limits, and below it what was really told, what would be, and what is known. */
export function BacktestPlot({ outcome, course, live, rule }: BacktestPlotProps): ReactElement {
  const zone = useZone();
  const drawn = useMemo(() => shapesOf(outcome, course, rule), [outcome, course, rule]);
  const isTried = outcome.terms.limit !== rule.terms.limit;
  const longMs = course.toMs - course.fromMs;
  const time = (ms: number): string => (longMs < 3_600_000 ? clockTime(ms, zone) : dayTime(ms, zone));
  return (
    <figure className="rules-plot">
      <div className="rules-plot-y small quiet" aria-hidden="true">
        {ticksOf(drawn.scale).map((value) => (
          <span key={value} style={{ top: `${yOf(drawn.scale, value)}%` }}>
            {exactWords(value)}
          </span>
        ))}
      </div>
      <svg viewBox={`0 0 ${plotWidth} ${plotHeight}`} preserveAspectRatio="none" role="img" aria-label={labelOf(outcome, live, rule)}>
        {ticksOf(drawn.scale).map((value) => (
          <path key={value} className="rules-grid" d={levelPath(value, drawn.scale)} />
        ))}
        <path className="rules-signal" d={drawn.signal} />
        {drawn.now !== '' && <path className="rules-limit" d={drawn.now} />}
        {isTried && drawn.tried !== '' && <path className="rules-limit" data-tried="true" d={drawn.tried} />}
      </svg>
      <Lane name="Really" tone="live" spans={live.map(({ firedMs, clearedMs }) => ({ fromMs: firedMs, toMs: clearedMs }))} course={course} time={time} />
      <Lane name="Tried" tone="tried" spans={outcome.episodes.map(({ firedMs, endMs }) => ({ fromMs: firedMs, toMs: endMs }))} course={course} time={time} />
      {outcome.windows.length > 0 && <Lane name="Known" tone="known" spans={outcome.windows} course={course} time={time} />}
      <div className="rules-plot-x small quiet" aria-hidden="true">
        {marksAt.map((share) => (
          <span key={share} style={{ left: `${share * 100}%` }}>
            {time(course.fromMs + share * longMs)}
          </span>
        ))}
      </div>
      <figcaption>
        <ul className="rules-legend small quiet">
          <li>
            <i data-mark="signal" aria-hidden="true" />
            {rule.signal}
            {unitWords(rule.terms.unit) !== '' && `, ${unitWords(rule.terms.unit)}`}
          </li>
          {drawn.now !== '' && (
            <li>
              <i data-mark="limit" aria-hidden="true" />
              the limit as it is, {limitWords(rule.terms)}
            </li>
          )}
          {isTried && drawn.tried !== '' && (
            <li>
              <i data-mark="tried" aria-hidden="true" />
              the limit tried, {limitWords(outcome.terms)}
            </li>
          )}
          {drawn.now === '' && <li>{undrawnWords(outcome)}</li>}
        </ul>
      </figcaption>
    </figure>
  );
}

function limitWords({ limit, percentOf, unit }: RuleDetail['terms']): string {
  return percentOf === undefined ? `${exactWords(limit)} ${unitWords(unit, limit)}`.trimEnd() : `${exactWords(limit)} % of ${percentOf}`;
}

function undrawnWords({ drawn, terms }: BacktestOutcome): string {
  if (drawn === 'percent') return `The limit is a share of its ${terms.percentOf ?? 'target'}, of which nothing is recorded, so it is not drawn.`;
  return 'This rule’s limit is not in the unit of its signal, so it is not drawn.';
}

function labelOf(outcome: BacktestOutcome, live: readonly LoggedEpisode[], rule: RuleDetail): string {
  return `${rule.signal} with its limit; really told ${countWords(live.length, 'time')}, with the limits tried ${countWords(outcome.found, 'time')}. Each time stands in the table below.`;
}

function shapesOf(
  { drawn, target, terms }: BacktestOutcome,
  course: Course,
  rule: RuleDetail,
): { readonly scale: Scale; readonly signal: string; readonly now: string; readonly tried: string } {
  const [now, tried] = [rule.terms.limit, terms.limit];
  const values = course.columns.flatMap((column) => column ?? []);
  const levels =
    drawn === 'limit' ? [now, tried] : drawn === 'percent' ? (target?.columns ?? []).flatMap((column) => (column ? [(column[1] * now) / 100, (column[1] * tried) / 100] : [])) : [];
  const scale = scaleOf([...values, ...levels]);
  const path = (limit: number): string => (drawn === 'limit' ? levelPath(limit, scale) : drawn === 'percent' && target ? sharePath(target, limit, scale) : '');
  return { scale, signal: coursePath(course, scale), now: path(now), tried: path(tried) };
}

interface LaneProps {
  readonly name: string;
  readonly tone: string;
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number | undefined }[];
  readonly course: Pick<Course, 'fromMs' | 'toMs'>;
  readonly time: (ms: number) => string;
}

/** When something held, as bars on a line of time. */
export function Lane({ name, tone, spans, course, time }: LaneProps): ReactElement {
  return (
    <>
      <span className="rules-lane-name small" aria-hidden="true">
        {name}
      </span>
      <div className="rules-lane" data-tone={tone} aria-hidden="true">
        {spans.map((span, index) => {
          const { left, width } = spanPlace(course, span);
          const words = `${time(span.fromMs)}, ${span.toMs === undefined ? 'not over' : spanWords(span.toMs - span.fromMs)}`;
          return <span key={index} title={words} style={{ left: `${left}%`, width: `${width}%` }} />;
        })}
      </div>
    </>
  );
}
