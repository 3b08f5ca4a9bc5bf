import type { UseQueryResult } from '@tanstack/react-query';
import { useLayoutEffect, useMemo } from 'react';
import type { LandscapeView } from '../../../api/landscape.ts';
import type { EdgeView, TextView } from '../../../api/trends.ts';
import { useHub, useSettled } from '../../api/hub-query.ts';
import { fillTrend, useLiveState } from '../../api/live.ts';
import { useNow } from '../../words/now.ts';
import { plantOf, type Heard, type OpenRule, type Plant } from './plant.ts';
import { useEdges, useOverview } from './use-overview.ts';

const textsEveryMs = 5_000;
/** An edge tells of itself once a second. */
const silentAfterMs = 6_000;

export function useGraph(): LandscapeView | undefined {
  return useHub<LandscapeView>('/api/landscape').data;
}

/** What an owner, capability or other thing of the landscape is called. */
export function useTitles(): (id: string) => string | undefined {
  const graph = useGraph();
  const titles = useMemo(() => new Map(graph?.nodes.map(({ id, title }) => [id, title])), [graph]);
  return (id) => titles.get(id);
}

/** The plant; undefined until the landscape is known. Keeps its identity while nothing in it changes but the rates. */
export function usePlantMap(): Plant | undefined {
  const graph = useGraph();
  const { data: overview } = useOverview();
  const edges = useEdges();
  const known = JSON.stringify({
    names: edges?.map(({ edge }) => edge) ?? [],
    rules: edges?.flatMap(openRules) ?? [],
    heard: overview?.signals.map(({ signal, edge, target }): Heard => ({ signal, edge, target })) ?? [],
  });
  const plant = useMemo(() => {
    // It was written just above, from these very types.
    const { names, rules, heard } = JSON.parse(known) as { readonly names: readonly string[]; readonly rules: readonly OpenRule[]; readonly heard: readonly Heard[] };
    return graph && plantOf(graph, heard, names, rules);
  }, [graph, known]);
  // Before anything is painted, so that it need not be seen coming.
  useLayoutEffect(() => {
    const shown = new Set(plant?.edges.flatMap(({ lines }) => lines.flatMap(({ machines }) => machines.map(({ signal }) => signal))));
    for (const { signal, atMs, average, target } of overview?.signals ?? []) {
      if (shown.has(signal)) fillTrend(signal, [{ atMs, average, lowest: average, highest: average, target }]);
    }
    // Only what was known before the stream told it is filled in.
  }, [plant]);
  return plant;
}

function openRules({ status }: EdgeView): readonly OpenRule[] {
  return (status?.rules ?? []).filter(({ phase }) => phase === 'open').map(({ rule, openSinceMs }) => ({ rule, sinceMs: openSinceMs }));
}

function useTextsRead(): UseQueryResult<readonly TextView[], Error> {
  return useHub<readonly TextView[]>('/api/trends/texts', { everyMs: textsEveryMs });
}

/** Whether all is read that the room is drawn from, and `more` besides. */
export function usePlantSettled(more: { readonly isLoading: boolean }): boolean {
  return useSettled(useHub('/api/landscape'), useOverview(), useTextsRead(), more);
}

/** What the text signals say now, by their names: states of machines, the orders that run on them. */
export function useTexts(): ReadonlyMap<string, string> {
  const { data } = useTextsRead();
  return useMemo(() => new Map(data?.map(({ signal, value }) => [signal, value])), [data]);
}

/** How long each edge has been silent, by its name; only those that are. While the hub itself cannot be heard nobody knows. */
export function useSilentEdges(): ReadonlyMap<string, number> {
  const { dataUpdatedAt: readMs } = useOverview();
  const edges = useEdges();
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
