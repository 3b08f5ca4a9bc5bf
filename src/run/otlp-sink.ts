import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { SpanSink } from '../engine/trace/exporter.ts';
import type { Span } from '../engine/trace/spans.ts';

export interface OtlpSink {
  readonly send: SpanSink;
  close(): Promise<void>;
}

const kinds: Readonly<Record<Span['kind'], SpanKind>> = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER };
const codes: Readonly<Record<Span['status'], SpanStatusCode>> = { ok: SpanStatusCode.OK, error: SpanStatusCode.ERROR, unset: SpanStatusCode.UNSET };

/** Sends spans to a collector over OTLP/HTTP with JSON. `url` is the collector's whole address, e.g. `http://collector:4318/v1/traces`. */
export function otlpSink({
  url,
  serviceName,
  version,
  timeoutMs = 10_000,
}: {
  readonly url: string;
  readonly serviceName: string;
  readonly version: string;
  readonly timeoutMs?: number;
}): OtlpSink {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: timeoutMs });
  const resource = resourceFromAttributes({ 'service.name': serviceName, 'service.version': version });
  const scope = { name: 'lineshaft', version };

  function readable(span: Span): ReadableSpan {
    const spanContext = { traceId: span.traceId, spanId: span.spanId, traceFlags: TraceFlags.SAMPLED };
    return {
      name: span.name,
      kind: kinds[span.kind],
      spanContext: () => spanContext,
      ...(span.parentSpanId !== undefined && { parentSpanContext: { ...spanContext, spanId: span.parentSpanId } }),
      startTime: hrTime(span.startMs),
      endTime: hrTime(span.endMs),
      duration: hrTime(span.endMs - span.startMs),
      status: { code: codes[span.status], ...(span.message !== undefined && { message: span.message }) },
      attributes: { ...span.attributes, 'lineshaft.layer': span.layer },
      links: [],
      events: [],
      ended: true,
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  }

  return {
    send: async (spans) =>
      new Promise((resolve, reject) => {
        // 0 is success, 1 is failure (ExportResultCode, which only the SDK's core package names).
        exporter.export(spans.map(readable), ({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('the collector refused them'))));
      }),
    close: async () => exporter.shutdown(),
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}
