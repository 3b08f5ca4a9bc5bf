// The demo's play, where there is one: what was done to the simulated world, and what the ledgers say. Outlives the hub.
import { useEffect, useState } from 'react';
import type { DemoAct, DemoState } from '../../api/demo-state.ts';
import { get, post, Problem } from '../api/client.ts';

const againAfterMs = 1_500;

export interface Playing {
  /** The play as it stands; undefined where this is no demo, or until it is known. */
  readonly play: DemoState | undefined;
  readonly show: (play: DemoState) => void;
  /** Whether it is still being found out if this is a demo. */
  readonly isLoading: boolean;
}

/** Follows the play, where there is one. */
export function usePlay(): Playing {
  const [play, show] = useState<DemoState>();
  const [isLoading, setLoading] = useState(true);
  useEffect(() => {
    const stop = new AbortController();
    void follow(show, () => setLoading(false), stop.signal);
    return () => stop.abort();
  }, []);
  return { play, show, isLoading };
}

async function follow(show: (play: DemoState) => void, onKnown: () => void, signal: AbortSignal): Promise<void> {
  try {
    const play = await get<DemoState | undefined>('/demo/state', signal);
    // A hub of its own has nothing to say.
    if (!play) return;
    show(play);
  } catch (error) {
    if (signal.aborted || (error instanceof Problem && error.status !== 0 && error.status < 500)) return;
  } finally {
    if (!signal.aborted) onKnown();
  }
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    source = new EventSource('/demo/stream');
    // The front sends what DemoState says; both are of one build.
    source.addEventListener('state', (event) => show(JSON.parse(String(event.data)) as DemoState));
    source.addEventListener('error', () => {
      source?.close();
      again = setTimeout(connect, againAfterMs);
    });
  };
  connect();
  signal.addEventListener('abort', () => {
    source?.close();
    clearTimeout(again);
  });
}

/** Does something to the simulated world. Raises Problem. */
export async function act(name: DemoAct): Promise<DemoState> {
  return post<DemoState>('/demo/acts', { act: name });
}
