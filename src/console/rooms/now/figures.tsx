import type { ReactElement } from 'react';
import { useHub } from '../../api/hub-query.ts';
import { useNow } from '../../words/now.ts';
import { useRunCounts } from './hub-node.tsx';
import { usePlantMap } from './use-plant.ts';

/** How much goes on. */
export function Figures(): ReactElement {
  const plant = usePlantMap();
  const { active, parked } = useRunCounts();
  const { data: events } = useHub<readonly { readonly received: string }[]>('/api/events?limit=100', { on: ['event'] });
  const now = useNow();
  const since = (ms: number): number => events?.filter(({ received }) => Date.parse(received) > now - ms).length ?? 0;
  return (
    <dl className="now-figures" aria-label="In figures">
      <Figure title="Events" value={since(60_000)} unit="last minute" more={`${since(3_600_000)} last hour`} />
      <Figure title="Runs" value={active} unit="under way" more={`${parked} parked`} />
      <Figure title="Lines at target" value={plant?.linesAtTarget ?? 0} unit={`of ${plant?.lines ?? 0}`} more="" />
    </dl>
  );
}

function Figure({ title, value, unit, more }: { readonly title: string; readonly value: number; readonly unit: string; readonly more: string }): ReactElement {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <strong>{value}</strong> {unit} <span className="quiet">{more}</span>
      </dd>
    </div>
  );
}
