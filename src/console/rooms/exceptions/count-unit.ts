import type { LandscapeView } from '../../../api/landscape.ts';
import { useHub } from '../../api/hub-query.ts';

/** What pieces on an asset are counted in (UCUM), told by the unit of its rate: `{pack}/min` counts `{pack}`; empty where nobody knows. */
export function useCountUnit(asset: string | undefined): string {
  const { data } = useHub<LandscapeView>('/api/landscape');
  const rate = data?.nodes.find((node) => node.kind === 'signal' && node.asset === `asset:${asset}` && node.unit.endsWith('/min'));
  return rate?.kind === 'signal' ? rate.unit.replace(/\/min$/, '') : '';
}
