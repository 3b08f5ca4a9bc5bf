import { Activity, Cable, Factory, Gauge, Inbox, PackageSearch, Workflow, type LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';
import { NavLink } from 'react-router';
import type { VersionView } from '../../api/health.ts';
import type { MeView } from '../../api/sign-in.ts';
import { useHub } from '../api/hub-query.ts';

export const rooms: readonly { readonly to: string; readonly title: string; readonly icon: LucideIcon }[] = [
  { to: '/', title: 'Now', icon: Activity },
  { to: '/lines', title: 'Lines', icon: Factory },
  { to: '/plant', title: 'Plant', icon: Cable },
  { to: '/rules', title: 'Rules', icon: Gauge },
  { to: '/orders', title: 'Orders', icon: PackageSearch },
  { to: '/exceptions', title: 'Exceptions', icon: Inbox },
  { to: '/flows', title: 'Flows', icon: Workflow },
];

/** The rooms, and who is signed in where. */
export function Rail({ me }: { readonly me: MeView }): ReactElement {
  const { data: open = [] } = useHub<readonly unknown[]>('/api/exceptions', { on: ['exception'] });
  const { data: version } = useHub<VersionView>('/api/version');
  return (
    <nav className="rail" aria-label="Rooms">
      <NavLink to="/" className="brand" aria-label="Lineshaft, to what happens now">
        <img src="/icon.svg" alt="" />
        <span>Lineshaft</span>
      </NavLink>
      <div className="rail-rooms">
        <ul>
          {rooms.map(({ to, title, icon: Icon }) => (
            <li key={to}>
              <NavLink to={to} end={to === '/'} className="rail-link">
                <Icon aria-hidden="true" />
                <span>{title}</span>
                {to === '/exceptions' && open.length > 0 && (
                  <span className="rail-count">
                    {open.length}
                    <span className="visually-hidden"> open</span>
                  </span>
                )}
              </NavLink>
            </li>
          ))}
        </ul>
      </div>
      <p className="rail-foot">
        <span>
          {me.name}, {me.role}
        </span>
        {version && (
          <span>
            {version.hub}, Lineshaft {version.version}, release {version.release.slice(0, 8)}
          </span>
        )}
      </p>
    </nav>
  );
}
