// Where the plant is: whose clock the console follows.
import { useHub } from '../api/hub-query.ts';

interface Zoned {
  readonly nodes: readonly { readonly kind: string; readonly title: string; readonly timeZone?: string }[];
}

/** The plant's IANA time zone; undefined until it is known, which means the reader's own. */
export function useZone(): string | undefined {
  return usePlant()?.timeZone;
}

/** The site whose zone is used: the first that declares one. */
export function usePlant(): { readonly title: string; readonly timeZone?: string } | undefined {
  const { data } = useHub<Zoned>('/api/landscape');
  return data?.nodes.find(({ kind, timeZone }) => kind === 'asset' && timeZone !== undefined);
}
