import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { OverviewView } from '../../../api/overview.ts';
import type { EdgeView } from '../../../api/trends.ts';
import { useHub } from '../../api/hub-query.ts';
import { liveKinds } from '../../api/live.ts';
import { edgeMemory } from './edge-memory.ts';

/** What no message of the stream tells: ages of edges, rates, due times that pass. */
const everyMs = 2_000;

/** How everything is now, in one answer that all parts of the room share. */
export function useOverview(): UseQueryResult<OverviewView, Error> {
  return useHub<OverviewView>('/api/overview', { on: liveKinds, everyMs });
}

const known = edgeMemory();

/** The edges that were heard since the page was opened; undefined before the first answer. */
export function useEdges(): readonly EdgeView[] | undefined {
  const { data } = useOverview();
  return useMemo(() => data && known(data), [data]);
}
