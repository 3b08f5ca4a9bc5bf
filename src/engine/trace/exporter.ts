import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { spansOf, type Span } from './spans.ts';

/** Takes spans over; rejects where it could not. */
export type SpanSink = (spans: readonly Span[]) => Promise<void>;

/** Sends what ended to a collector. Lossy on purpose: the log is the truth, a trace is a view of it. */
export interface TraceExporter {
  sent(): number;
  /** Spans and runs that were dropped because the collector did not keep up or refused. */
  dropped(): number;
  /** Sends what is left, within `drainMs`. */
  close(): Promise<void>;
}

export interface TraceExporterParts {
  readonly pipeline: Pipeline;
  readonly store: Store;
  readonly clock: Clock;
  readonly sink: SpanSink;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  readonly everyMs?: number;
  readonly drainMs?: number;
  /** Runs that wait to be read. */
  readonly runsMax?: number;
  /** Runs whose sent spans are remembered, so that each span is sent once. */
  readonly rememberedMax?: number;
  readonly batchMax?: number;
}

export function traceExporter(parts: TraceExporterParts): TraceExporter {
  const { pipeline, store, clock, sink, log, everyMs = 1_000, drainMs = 3_000, runsMax = 10_000, rememberedMax = 10_000, batchMax = 500 } = parts;
  const waiting = new Set<string>();
  const remembered = new Map<string, Set<string>>();
  let sent = 0;
  let dropped = 0;
  let isFailing = false;
  let closed = false;
  let sending: Promise<void> | undefined;
  let cancel = clock.after(everyMs, tick);

  function want(run: string): void {
    if (waiting.has(run)) return;
    if (waiting.size >= runsMax) dropped += 1;
    else waiting.add(run);
  }

  pipeline.watch((changes) => {
    if (closed) return;
    for (const change of changes) {
      if (change.change === 'run.set') want(change.id);
      else if ((change.change === 'step.set' || change.change === 'step.add') && change.endedMs !== undefined) want(change.run);
    }
  });

  function tick(): void {
    if (closed) return;
    cancel = clock.after(everyMs, tick);
    sending ??= sendWaiting().finally(() => {
      sending = undefined;
    });
  }

  async function sendWaiting(): Promise<void> {
    const runs = [...waiting];
    waiting.clear();
    let batch: Span[] = [];
    for (const run of runs) {
      batch.push(...(await fresh(run)));
      if (batch.length < batchMax) continue;
      await deliver(batch);
      batch = [];
    }
    if (batch.length > 0) await deliver(batch);
  }

  /** The run's spans that were not sent yet. */
  async function fresh(id: string): Promise<readonly Span[]> {
    const run = await store.run(id);
    const event = run && (await store.event(run.position));
    if (!run || !event) return [];
    const known = remembered.get(id) ?? new Set<string>();
    // Moved to the end: the longest untouched is forgotten first.
    remembered.delete(id);
    remembered.set(id, known);
    const [oldest] = remembered.keys();
    if (remembered.size > rememberedMax && oldest !== undefined) remembered.delete(oldest);
    const spans = spansOf({ event, run, steps: await store.steps(id) }).filter(({ spanId }) => !known.has(spanId));
    for (const { spanId } of spans) known.add(spanId);
    return spans;
  }

  async function deliver(spans: readonly Span[]): Promise<void> {
    try {
      await sink(spans);
      sent += spans.length;
      if (isFailing) log('The trace collector takes spans again.', { dropped });
      isFailing = false;
    } catch (error) {
      dropped += spans.length;
      if (!isFailing) log(`The trace collector took no spans: ${messageOf(error)}. They are dropped until it does.`);
      isFailing = true;
    }
  }

  return {
    sent: () => sent,
    dropped: () => dropped,
    async close() {
      closed = true;
      cancel();
      let cancelLate: () => void = () => undefined;
      const late = new Promise<void>((resolve) => {
        cancelLate = clock.after(drainMs, resolve);
      });
      await Promise.race([(sending ?? Promise.resolve()).then(sendWaiting), late]);
      cancelLate();
    },
  };
}
