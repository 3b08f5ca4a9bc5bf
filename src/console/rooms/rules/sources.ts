import { useMemo } from 'react';
import type { RecordingView } from '../../../api/recordings.ts';
import type { EdgeView } from '../../../api/trends.ts';
import { useHub } from '../../api/hub-query.ts';
import { useZone } from '../../shell/plant.ts';
import { dayTime } from '../../words/time.ts';
import { sourcesOf, type Source } from './source-words.ts';

const everyMs = 5_000;

export const nothingToTryOn = 'No recording is at hand here, and no edge was heard that could be asked for one.';

/** What the reader can try something on; `here`: edges whose recordings lie beside the hub. */
export function useSources(here: readonly string[], mayTry: boolean): readonly Source[] {
  const zone = useZone();
  const recordings = useHub<readonly RecordingView[]>('/api/recordings', { everyMs, enabled: mayTry });
  const edges = useHub<readonly EdgeView[]>('/api/edges', { everyMs, enabled: mayTry });
  return useMemo(
    () =>
      sourcesOf(
        here,
        recordings.data,
        (edges.data ?? []).map(({ edge }) => edge),
        (ms) => dayTime(ms, zone),
      ),
    [here, recordings.data, edges.data, zone],
  );
}
