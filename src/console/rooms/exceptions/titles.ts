import { useHub } from '../../api/hub-query.ts';
import { labelOf } from './facts.ts';

interface Titled {
  readonly nodes: readonly { readonly id: string; readonly title: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly verb: string }[];
}

/** How the landscape calls a thing, e.g. `titleOf('owner', 'planning')`; its own name in plain words where nobody declared it. */
export function useTitles(): (kind: string, name: string) => string {
  const { data } = useHub<Titled>('/api/landscape');
  return (kind, name) => data?.nodes.find(({ id }) => id === `${kind}:${name}`)?.title ?? labelOf(name);
}

/** What pieces on an asset are counted in (UCUM), told by the unit of its rate: `{pack}/min` counts `{pack}`; empty where nobody knows. */
export function useCountUnit(asset: string | undefined): string {
  const { data = [] } = useHub<readonly { readonly signal: string; readonly unit: string }[]>('/api/trends', { enabled: asset !== undefined });
  const rate = data.find(({ signal, unit }) => asset !== undefined && signal.startsWith(`${asset}.`) && unit.endsWith('/min'));
  return rate?.unit.replace(/\/min$/, '') ?? '';
}
