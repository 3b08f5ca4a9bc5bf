// Where the plant is: whose clock the console follows.
import type { AssetNode, LandscapeView } from '../../api/landscape.ts';
import { useHub } from '../api/hub-query.ts';

/** The plant's IANA time zone; undefined until it is known, which means the reader's own. */
export function useZone(): string | undefined {
  return usePlant()?.timeZone;
}

/** The site whose zone is used: the first that declares one. */
export function usePlant(): AssetNode | undefined {
  const { data } = useHub<LandscapeView>('/api/landscape');
  return data?.nodes.flatMap((node) => ('timeZone' in node && node.timeZone !== undefined ? [node] : []))[0];
}
