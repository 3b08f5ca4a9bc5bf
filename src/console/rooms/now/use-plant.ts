import { useEffect, useMemo } from 'react';
import type { LandscapeView } from '../../../api/landscape.ts';
import type { EdgeView, TrendView } from '../../../api/trends.ts';
import { useHub } from '../../api/hub-query.ts';
import { fillTrend, useLiveState } from '../../api/live.ts';
import { useNow } from '../../words/now.ts';
import { plantOf, type OpenRule, type Plant } from './plant.ts';

const edgesEveryMs = 2_000;
const signalsEveryMs = 60_000;
/** An edge tells of itself once a second. */
const silentAfterMs = 6_000;

export function useGraph(): LandscapeView | undefined {
  return useHub<LandscapeView>('/api/landscape').data;
}

export function useEdges(): { readonly edges: readonly EdgeView[] | undefined; readonly readMs: number } {
  const { data, dataUpdatedAt } = useHub<readonly EdgeView[]>('/api/edges', { everyMs: edgesEveryMs });
  return { edges: data, readMs: dataUpdatedAt };
}

/** The plant; undefined until the landscape is known. Keeps its identity while nothing in it changes. */
export function usePlantMap(): Plant | undefined {
  const graph = useGraph();
  const { edges } = useEdges();
  const { data: heard } = useHub<readonly TrendView[]>('/api/trends', { everyMs: signalsEveryMs });
  const open = JSON.stringify((edges ?? []).flatMap(openRules));
  const names = JSON.stringify((edges ?? []).map(({ edge }) => edge));
  const plant = useMemo(() => {
    // Both were written just above.
    const [edgeNames, rules] = [JSON.parse(names) as readonly string[], JSON.parse(open) as readonly OpenRule[]];
    return graph && plantOf(graph, heard ?? [], edgeNames, rules);
  }, [graph, heard, names, open]);
  useEffect(() => {
    const shown = new Set(plant?.edges.flatMap(({ lines }) => lines.flatMap(({ machines }) => machines.map(({ signal }) => signal))));
    for (const { signal, points, target } of heard ?? []) {
      if (shown.has(signal))
        fillTrend(
          signal,
          points.map((point) => ({ ...point, target: point.target ?? target })),
        );
    }
  }, [plant, heard]);
  return plant;
}

function openRules({ status }: EdgeView): readonly OpenRule[] {
  return (status?.rules ?? []).filter(({ phase }) => phase === 'open').map(({ rule, openSinceMs }) => ({ rule, sinceMs: openSinceMs }));
}

/** How long each edge has been silent, by its name; only those that are. While the hub itself cannot be heard nobody knows. */
export function useSilentEdges(): ReadonlyMap<string, number> {
  const { edges, readMs } = useEdges();
  const state = useLiveState();
  const now = useNow();
  return useMemo(() => {
    const silent = new Map<string, number>();
    if (state !== 'live') return silent;
    for (const { edge, ageMs } of edges ?? []) {
      // Judged by the hub's clock when it was read; ours, which need not agree, only counts on.
      if (ageMs > silentAfterMs) silent.set(edge, ageMs + Math.max(0, now - readMs));
    }
    return silent;
  }, [edges, readMs, state, now]);
}
