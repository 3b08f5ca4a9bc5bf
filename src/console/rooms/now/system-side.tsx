// The right of the map: the systems by their role, each at the end of its connection.
import { Layers } from 'lucide-react';
import { memo, type ReactElement } from 'react';
import type { SystemView } from '../../../api/systems.ts';
import { StatusIcon } from '../../parts/status.tsx';
import { Connection } from './connection.tsx';
import { loadWords, roleWords, standingWords, waitingOf } from './system-words.ts';

/** Systems that are shown one by one; those with trouble first among them. */
const systemsMax = 12;

interface SystemSideProps {
  readonly systems: readonly SystemView[];
  readonly onOpen: (name: string) => void;
}

export function SystemSide({ systems, onOpen }: SystemSideProps): ReactElement {
  const shown = shownOf(systems);
  const roles = [...new Set(shown.map(({ role }) => role))].sort((a, b) => rank(a) - rank(b));
  return (
    <div className="now-systems" data-dense={shown.length > 8}>
      {roles.map((role) => (
        <section key={role} aria-label={roleWords(role)}>
          <h3 className="now-role">{roleWords(role)}</h3>
          <ul>
            {shown
              .filter((system) => system.role === role)
              .map((system) => (
                <SystemNode key={system.name} system={system} onOpen={onOpen} />
              ))}
          </ul>
        </section>
      ))}
      {systems.length > shown.length && <p className="now-more">and {systems.length - shown.length} more, none in trouble; see the table</p>}
    </div>
  );
}

function rank(role: string): number {
  return role === 'record' ? 0 : 1;
}

/** All, or where there are too many those that are in trouble and then as declared. */
export function shownOf(systems: readonly SystemView[]): readonly SystemView[] {
  if (systems.length <= systemsMax) return systems;
  const troubled = (system: SystemView): boolean => system.mode !== 'up' || waitingOf(system) > 0;
  const first = new Set([...systems.filter(troubled), ...systems.filter((system) => !troubled(system))].slice(0, systemsMax));
  return systems.filter((system) => first.has(system));
}

const SystemNode = memo(function SystemNode({ system, onOpen }: { readonly system: SystemView; readonly onOpen: (name: string) => void }): ReactElement {
  const { name, title, mode } = system;
  const waiting = waitingOf(system);
  return (
    <li className="now-system-row">
      <Connection name={`system:${name}`} state={mode === 'up' ? 'whole' : mode === 'paused' ? 'held' : 'broken'}>
        {waiting > 0 ? (
          <span className="now-stack" data-tone="held" data-deep={waiting > 1}>
            <Layers /> {waiting}
          </span>
        ) : (
          mode !== 'up' && <span className="now-stack">{mode === 'paused' ? 'pause' : 'no answer'}</span>
        )}
      </Connection>
      <button type="button" className="now-node now-system" data-mode={mode} onClick={() => onOpen(name)} aria-haspopup="dialog">
        <span className="now-system-title" title={title}>
          {title}
        </span>
        <span className="now-under">
          <span className="now-mode-word">
            <StatusIcon status={mode === 'up' && system.answeredAgoMs === undefined ? 'not asked' : mode} /> {standingWords(system)}
          </span>
          {(waiting > 0 || system.inFlight > 0) && <span className="now-load"> · {loadWords(system)}</span>}
        </span>
      </button>
    </li>
  );
});
