import './spark.css';
import { useMemo, type ReactElement } from 'react';
import type { SignalNode } from '../../../api/landscape.ts';
import { useTrend } from '../../api/live.ts';
import { labelOf } from './signal-words.ts';
import { quantityWords } from '../../words/number.ts';
import { sparkPath } from './chart-data.ts';

/** What else a machine measures: its value now, and how it went in the last ten minutes. */
export function Spark({ signal }: { readonly signal: SignalNode }): ReactElement {
  const trend = useTrend(signal.name);
  const { points } = trend;
  const newest = points.at(-1);
  const path = useMemo(() => (newest ? sparkPath(trend.points, newest.atMs) : ''), [trend, newest]);
  return (
    <div className="line-spark">
      <dt>{labelOf(signal.of)}</dt>
      <dd>
        <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
          <path d={path} />
        </svg>
        <span>{newest ? quantityWords(newest.average, signal.unit) : 'not heard'}</span>
      </dd>
    </div>
  );
}
