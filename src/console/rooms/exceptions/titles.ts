import type { LandscapeView } from '../../../api/landscape.ts';
import { useHub } from '../../api/hub-query.ts';
import { labelOf } from './facts.ts';

/** How the landscape calls a thing, e.g. `titleOf('owner', 'planning')`; its own name in plain words where nobody declared it. */
export function useTitles(): (kind: string, name: string) => string {
  const { data } = useHub<LandscapeView>('/api/landscape');
  return (kind, name) => data?.nodes.find(({ id }) => id === `${kind}:${name}`)?.title ?? labelOf(name);
}

/** What pieces on an asset are counted in (UCUM), told by the unit of its rate: `{pack}/min` counts `{pack}`; empty where nobody knows. */
export function useCountUnit(asset: string | undefined): string {
  const { data } = useHub<LandscapeView>('/api/landscape');
  const rate = data?.nodes.find((node) => node.kind === 'signal' && node.asset === `asset:${asset}` && node.unit.endsWith('/min'));
  return rate?.kind === 'signal' ? rate.unit.replace(/\/min$/, '') : '';
}
