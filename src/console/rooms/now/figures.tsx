import type { ReactElement } from 'react';
import { countWords, numberWords } from '../../words/number.ts';
import { useOverview } from './use-overview.ts';
import { usePlantMap } from './use-plant.ts';

/** How much goes on. */
export function Figures(): ReactElement {
  const plant = usePlantMap();
  const { data: overview } = useOverview();
  if (!overview || !plant) return <dl className="now-figures" />;
  const { events, runs, effects } = overview;
  const ended = runs.done + runs.compensated;
  return (
    <dl className="now-figures">
      <Figure title="Events" value={events.lastMinute} unit="last minute" more={`${numberWords(events.lastHour)} last hour`} />
      <Figure title="Changes under way" value={effects.open} unit={effects.open === 1 ? 'change' : 'changes'} more={effects.open === 0 ? 'all are done' : 'in order'} />
      <Figure title="Runs" value={runs.active} unit="active" more={`${numberWords(ended)} done, ${runs.parked} parked`} />
      <Figure title="Lines as planned" value={plant.linesAtTarget} unit={`of ${countWords(plant.lines, 'line')}`} more="" />
    </dl>
  );
}

function Figure({ title, value, unit, more }: { readonly title: string; readonly value: number; readonly unit: string; readonly more: string }): ReactElement {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <strong>{numberWords(value)}</strong> {unit} <span className="quiet">{more}</span>
      </dd>
    </div>
  );
}
