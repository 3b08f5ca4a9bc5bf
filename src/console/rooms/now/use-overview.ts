import type { UseQueryResult } from '@tanstack/react-query';
import type { OverviewView } from '../../../api/overview.ts';
import type { LiveKind } from '../../api/live.ts';
import { useHub } from '../../api/hub-query.ts';

const on: readonly LiveKind[] = ['event', 'run', 'step', 'exception', 'mode'];
/** What no message of the stream tells: ages of edges, rates, due times that pass. */
const everyMs = 2_000;

/** How everything is now, in one answer that all parts of the room share. */
export function useOverview(): UseQueryResult<OverviewView, Error> {
  return useHub<OverviewView>('/api/overview', { on, everyMs });
}
