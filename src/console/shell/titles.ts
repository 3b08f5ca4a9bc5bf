import { useCallback } from 'react';
import type { LandscapeView } from '../../api/landscape.ts';
import { useHub } from '../api/hub-query.ts';

/** How the landscape calls a thing, e.g. `titleOf('owner', 'planning')`; the name itself where nobody declared it. */
export function useTitles(): (kind: string, name: string) => string {
  const { data } = useHub<LandscapeView>('/api/landscape');
  return useCallback((kind: string, name: string) => data?.nodes.find(({ id }) => id === `${kind}:${name}`)?.title ?? name, [data]);
}
