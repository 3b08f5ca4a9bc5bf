import type { Store } from '../../store/store.ts';

/** The place in the log up to which all events were taken before a time: the log is in the order of taking. Some of it may have been dropped. */
export async function lastBefore(store: Pick<Store, 'lastPosition' | 'eventsAfter'>, ms: number): Promise<number> {
  if (ms <= 0) return 0;
  let [low, high] = [0, await store.lastPosition()];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    // Where one was dropped, the next that is left tells.
    const [event] = await store.eventsAfter(middle - 1, 1);
    if (event && event.receivedMs < ms) low = middle;
    else high = middle - 1;
  }
  return low;
}
