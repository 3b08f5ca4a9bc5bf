import type { EventRecord, RunRecord, StepRecord } from '../../store/store.ts';
import { endedStatuses } from '../../store/store.ts';
import { historyOf, type HistoryEntry } from '../effects/history.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { spanIdOf, traceIdOf } from './trace-context.ts';

/** A span as OpenTelemetry knows it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'client' | 'consumer';
  /** Which layer it belongs to. */
  readonly layer: 'machine' | 'event' | 'flow' | 'step' | 'call';
  readonly startMs: number;
  readonly endMs: number;
  readonly status: 'ok' | 'error' | 'unset';
  readonly message?: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** What one event caused: itself, one run and the run's steps as far as they have ended. The same records give the same ids. */
export function spansOf({ event, run, steps }: { readonly event: EventRecord; readonly run: RunRecord; readonly steps: readonly StepRecord[] }): readonly Span[] {
  const traceId = traceIdOf(event);
  const keys = keyAttributes(event);
  const spans = [...eventSpans(event)];
  const runSpan = runSpanId(run);
  if (run.endedMs !== undefined) {
    spans.push({
      traceId,
      spanId: runSpan,
      parentSpanId: eventSpanId(event),
      name: `flow ${run.flow}`,
      kind: 'internal',
      layer: 'flow',
      startMs: run.startedMs,
      endMs: run.endedMs,
      status: run.status === 'failed' || run.status === 'parked' ? 'error' : 'ok',
      ...(run.reason !== undefined && { message: run.reason }),
      attributes: { ...keys, 'lineshaft.run': run.id, 'lineshaft.flow': run.flow, 'lineshaft.run.status': run.status, 'lineshaft.release': run.release },
    });
  }
  for (const step of steps) if (hasEnded(step)) spans.push(...stepSpans(step, traceId, runSpan, keys));
  return spans;
}

/** The event, and before it the window in which the machine showed it, where the event tells of one. */
export function eventSpans(event: EventRecord): readonly Span[] {
  const traceId = traceIdOf(event);
  const from = event.traceparent?.slice(36, 52);
  const window = windowOf(recorded(event.data));
  // Only what came with a trace of its own has a window above it. An edge without a trace from the floor gives the window's own span as the parent.
  const hasWindow = window !== undefined && from !== undefined && window.toMs >= window.fromMs;
  const windowSpan = spanIdOf(event.id);
  const keys = keyAttributes(event);
  const common = { traceId, status: 'ok' as const };
  const own: Span = {
    ...common,
    spanId: eventSpanId(event),
    parentSpanId: hasWindow ? windowSpan : from,
    name: `event ${event.type}`,
    kind: 'consumer',
    layer: 'event',
    startMs: Math.min(event.timeMs, event.receivedMs),
    endMs: event.receivedMs,
    attributes: { ...keys, 'cloudevents.event_id': event.id, 'cloudevents.event_source': event.source, 'cloudevents.event_type': event.type, 'lineshaft.position': event.position },
  };
  if (!hasWindow) return [own];
  return [
    {
      ...common,
      spanId: windowSpan,
      parentSpanId: from === windowSpan ? undefined : from,
      name: `window ${event.source}`,
      kind: 'internal',
      layer: 'machine',
      startMs: window.fromMs,
      endMs: window.toMs,
      attributes: keys,
    },
    own,
  ];
}

export function eventSpanId({ source, id }: { readonly source: string; readonly id: string }): string {
  return spanIdOf('event', source, id);
}

function runSpanId({ id }: RunRecord): string {
  return spanIdOf('run', id);
}

/** Business keys as attributes, e.g. `mfg.order`. */
export function keyAttributes({ keys }: Pick<EventRecord, 'keys'>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(keys).map(([name, value]) => [`mfg.${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`, value]));
}

export function hasEnded(step: StepRecord): boolean {
  return step.endedMs !== undefined && endedStatuses.includes(step.status);
}

function stepSpans(step: StepRecord, traceId: string, parentSpanId: string, keys: Readonly<Record<string, string>>): readonly Span[] {
  const isCall = step.kind === 'effect' || step.kind === 'query';
  // The id that went to the system in its traceparent.
  const spanId = spanIdOf(step.run, step.id);
  const own: Span = {
    traceId,
    spanId,
    parentSpanId,
    name: `${step.kind} ${step.name}`,
    kind: isCall ? 'client' : 'internal',
    layer: 'step',
    startMs: step.issuedMs,
    endMs: step.endedMs ?? step.issuedMs,
    status: step.status === 'done' ? 'ok' : 'error',
    ...(step.status !== 'done' && { message: step.status }),
    attributes: {
      ...keys,
      'lineshaft.run': step.run,
      'lineshaft.step': step.id,
      'lineshaft.step.status': step.status,
      ...(step.system !== undefined && { 'lineshaft.system': step.system, 'peer.service': step.system }),
      ...(step.entity !== undefined && { 'lineshaft.entity': step.entity }),
      ...(step.revision !== undefined && { 'lineshaft.revision': step.revision }),
      ...(isCall && { 'lineshaft.attempts': step.attempts }),
    },
  };
  return isCall ? [own, ...callSpans(step, own)] : [own];
}

/** Each try and each read-back, from when it was sent until something was learnt of it. */
function callSpans(step: StepRecord, parent: Span): readonly Span[] {
  const spans: Span[] = [];
  let sent: HistoryEntry | undefined;
  historyOf(step).forEach((entry, index) => {
    if (entry.what === 'sent') {
      sent = entry;
      return;
    }
    const isTry =
      sent !== undefined && (entry.what === 'answered' || entry.what === 'refused' || entry.what === 'not executed' || entry.what === 'no answer' || entry.what === 'reply broken');
    if (!isTry && entry.what !== 'read back') return;
    const failed = entry.what === 'not executed' || entry.what === 'no answer' || entry.what === 'reply broken';
    spans.push({
      traceId: parent.traceId,
      spanId: spanIdOf(step.run, step.id, 'call', String(index)),
      parentSpanId: parent.spanId,
      name: entry.what === 'read back' ? `read back ${step.name}` : `try ${step.name}`,
      kind: 'client',
      layer: 'call',
      startMs: isTry && sent ? sent.atMs : entry.atMs,
      endMs: entry.atMs,
      status: failed ? 'error' : 'ok',
      ...(entry.note !== undefined && { message: entry.note }),
      attributes: { 'lineshaft.outcome': entry.what, ...(step.system !== undefined && { 'peer.service': step.system }) },
    });
    sent = undefined;
  });
  return spans;
}

/** The evidence window that a rule's event carries, wherever its contract has it. */
function windowOf(data: unknown): { readonly fromMs: number; readonly toMs: number } | undefined {
  for (const place of [data, fieldOf(data, 'evidence')]) {
    const window = fieldOf(place, 'window');
    const from = instantOf(fieldOf(window, 'fromMs') ?? fieldOf(window, 'from') ?? fieldOf(place, 'windowFrom'));
    const to = instantOf(fieldOf(window, 'toMs') ?? fieldOf(window, 'to') ?? fieldOf(place, 'windowTo'));
    if (from !== undefined && to !== undefined) return { fromMs: from, toMs: to };
  }
  return undefined;
}

function instantOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : value;
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined;
}
