import type { ReactElement } from 'react';
import type { SignalNode } from '../../../api/landscape.ts';
import { useTrend } from '../../api/live.ts';
import { labelOf } from './signal-words.ts';
import { quantityWords } from '../../words/number.ts';
import { sparkPath } from './chart-data.ts';

/** What else a machine measures: its value now, and how it went in the last ten minutes. */
export function Spark({ signal }: { readonly signal: SignalNode }): ReactElement {
  const points = useTrend(signal.name);
  const newest = points.at(-1);
  return (
    <div className="line-spark">
      <dt>{labelOf(signal.of)}</dt>
      <dd>
        <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
          <path d={newest ? sparkPath(points, newest.atMs) : ''} />
        </svg>
        <span>{newest ? quantityWords(newest.average, signal.unit) : 'not heard'}</span>
      </dd>
    </div>
  );
}
