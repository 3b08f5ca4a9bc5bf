import type { ReactElement } from 'react';
import type { MachineOutcome } from '../../../api/machines.ts';
import { useZone } from '../../shell/plant.ts';
import { clockTime, dayTime } from '../../words/time.ts';
import { Lane } from './backtest-plot.tsx';

const marksAt = [0, 0.25, 0.5, 0.75, 1];

interface StateBandProps {
  readonly spans: readonly Pick<MachineOutcome['spans'][number], 'state' | 'fromMs' | 'toMs'>[];
  readonly data: NonNullable<MachineOutcome['data']>;
  readonly title: string;
}

/** The states over time, a lane for each; the lists below tell the same in words. */
export function StateBand({ spans, data, title }: StateBandProps): ReactElement | null {
  const zone = useZone();
  const longMs = data.toMs - data.fromMs;
  const time = (ms: number): string => (longMs < 3_600_000 ? clockTime(ms, zone) : dayTime(ms, zone));
  if (spans.length === 0) return null;
  return (
    <figure className="rules-plot" data-kind="states" aria-label={title}>
      <figcaption className="small quiet">{title}</figcaption>
      {[...Map.groupBy(spans, ({ state }) => state)].map(([state, own]) => (
        <Lane key={state} name={state} tone={state === 'Execute' ? 'known' : 'live'} spans={own} course={data} time={time} />
      ))}
      <div className="rules-plot-x small quiet" aria-hidden="true">
        {marksAt.map((share) => (
          <span key={share} style={{ left: `${share * 100}%` }}>
            {time(data.fromMs + share * longMs)}
          </span>
        ))}
      </div>
    </figure>
  );
}
