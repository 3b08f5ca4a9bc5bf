import { useMemo } from 'react';
import { useHub } from '../../api/hub-query.ts';
import type { SystemTitles } from './moment-words.ts';
import type { NodeTitles } from './trace-rows.ts';

interface Titled {
  readonly nodes: readonly { readonly id: string; readonly kind: string; readonly name: string; readonly title: string }[];
}

/** What the landscape calls its parts: by node id, and systems by name. */
export function useTitles(): { readonly nodes: NodeTitles; readonly systems: SystemTitles } {
  const { data } = useHub<Titled>('/api/landscape');
  return useMemo(() => {
    const nodes = data?.nodes ?? [];
    return {
      nodes: new Map(nodes.map(({ id, title }) => [id, title])),
      systems: new Map(nodes.filter(({ kind }) => kind === 'system').map(({ name, title }) => [name, title])),
    };
  }, [data]);
}
