import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { MachineView } from '../../../api/machines.ts';
import { useHub } from '../../api/hub-query.ts';
import { useTitles } from '../../shell/titles.ts';
import { declaredSpan } from '../../words/time.ts';

/** The machines whose changes of state are told; nothing where there are none. */
export function MachineList(): ReactElement | null {
  const titleOf = useTitles();
  const { data = [] } = useHub<readonly MachineView[]>('/api/machines');
  if (data.length === 0) return null;
  return (
    <section className="rules-beside" aria-labelledby="rules-machines">
      <h2 id="rules-machines">Machines whose states are told</h2>
      <ul className="rules-list">
        {data.map(({ name, title, asset, signal, dwellMs }) => (
          <li key={name} className="card rules-card">
            <div>
              <h3>
                <Link to={`/rules/machines/${encodeURIComponent(name)}`}>{title}</Link>
              </h3>
              <p className="small quiet">{titleOf('asset', asset)}</p>
              <p>
                Each state of {titleOf('signal', signal)} that lasts {declaredSpan(dwellMs)}.
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
