import type { Store } from '../../store/store.ts';
import { eventSpans, spansOf, type Span } from './spans.ts';

const recordsMax = 200;

/** The spans of everything that one business key leads to, each once, in the order of their starts. */
export async function spansOfKey(store: Store, key: string): Promise<readonly Span[]> {
  const { events, runs } = await store.byKey(key, recordsMax);
  const found = new Map<string, Span>();
  const keep = (spans: readonly Span[]): void => {
    for (const span of spans) if (!found.has(span.spanId)) found.set(span.spanId, span);
  };
  for (const event of events) keep(eventSpans(event));
  for (const run of runs) {
    const [event, steps] = await Promise.all([store.event(run.position), store.steps(run.id)]);
    if (event) keep(spansOf({ event, run, steps }));
  }
  return [...found.values()].sort((a, b) => a.startMs - b.startMs);
}
