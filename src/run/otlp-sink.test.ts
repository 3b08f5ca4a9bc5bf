import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { sendEvent, testHub, type TestHub } from '../../test/hub-for-test.ts';
import { traceExporter } from '../engine/trace/exporter.ts';
import { otlpSink } from './otlp-sink.ts';
import { realClock } from './real-clock.ts';

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** A collector that takes OTLP/HTTP JSON, or refuses. */
async function collector(): Promise<{ url: string; spans: OtlpSpan[]; services: Set<string>; refuse: boolean; close: () => Promise<void> }> {
  const taken = { url: '', spans: [] as OtlpSpan[], services: new Set<string>(), refuse: false, close: async () => undefined as void };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (taken.refuse) {
        response.writeHead(400).end();
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString());
      for (const { resource, scopeSpans } of body.resourceSpans) {
        taken.services.add(resource.attributes.find(({ key }: { key: string }) => key === 'service.name')?.value.stringValue);
        for (const { spans } of scopeSpans) taken.spans.push(...spans);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  taken.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  taken.close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return taken;
}

let hub: TestHub;
let there: Awaited<ReturnType<typeof collector>>;
const toClose: (() => Promise<void>)[] = [];
const logged: string[] = [];
beforeEach(async () => {
  hub = await testHub();
  there = await collector();
  toClose.push(hub.close, there.close);
});
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
});

function exporting(): ReturnType<typeof traceExporter> {
  const sink = otlpSink({ url: there.url, serviceName: 'lineshaft-hub', version: '9.9.9' });
  const exporter = traceExporter({ pipeline: hub.engine.pipeline, store: hub.store, clock: realClock, sink: sink.send, everyMs: 10, log: (message) => void logged.push(message) });
  toClose.push(async () => {
    await exporter.close();
    await sink.close();
  });
  return exporter;
}

const variance = { order: 'PO-1', line: 'line-1', atRisk: 40 };
const trace = 'c'.repeat(32);
const keyOf = (span: OtlpSpan, name: string): string | undefined => span.attributes.find(({ key }) => key === name)?.value.stringValue;

test('a collector gets each span of a run once, steps as they end and the run at its end', async () => {
  const exporter = exporting();
  await sendEvent(hub, 'production.variance.detected.v1', variance, { traceparent: `00-${trace}-${'d'.repeat(16)}-01` });
  await until('the steps', () => there.spans.some(({ name }) => name === 'raise line-bottleneck'));
  expect(there.spans.some(({ name }) => name === 'flow packaging-bottleneck')).toBe(false);
  await sendEvent(hub, 'production.variance.cleared.v1', { line: 'line-1' });
  await until('the run', () => there.spans.some(({ name }) => name === 'flow packaging-bottleneck'));
  await until('all that ended', () => there.spans.length === exporter.sent());
  expect([...there.services]).toEqual(['lineshaft-hub']);
  expect(there.spans.every(({ traceId }) => traceId === trace)).toBe(true);
  expect(new Set(there.spans.map(({ spanId }) => spanId)).size).toBe(there.spans.length);
  const named = (name: string): OtlpSpan | undefined => there.spans.find((span) => span.name === name);
  const step = named('effect production-order.revise');
  expect(step?.parentSpanId).toBe(named('flow packaging-bottleneck')?.spanId);
  expect(named('flow packaging-bottleneck')?.parentSpanId).toBe(named('event production.variance.detected.v1')?.spanId);
  expect(step && [keyOf(step, 'mfg.order'), keyOf(step, 'peer.service')]).toEqual(['PO-1', 'erp']);
  expect(Number(BigInt(step?.startTimeUnixNano ?? '0') / 1_000_000n)).toBeGreaterThan(Date.now() - 60_000);
});

test('a collector that refuses costs spans and one line in the log, nothing else', async () => {
  const exporter = exporting();
  there.refuse = true;
  await sendEvent(hub, 'production.variance.detected.v1', { ...variance, atRisk: 1 });
  await until('spans were dropped', () => exporter.dropped() > 0);
  there.refuse = false;
  await sendEvent(hub, 'production.variance.detected.v1', { ...variance, order: 'PO-2', atRisk: 1 });
  await until('spans are taken again', () => there.spans.some((span) => keyOf(span, 'mfg.order') === 'PO-2'));
  await until('both changes are logged', () => logged.filter((message) => message.startsWith('The trace collector')).length === 2);
});

test('what waits is sent before the exporter closes', async () => {
  const sink = otlpSink({ url: there.url, serviceName: 'lineshaft-hub', version: '9.9.9' });
  const exporter = traceExporter({ pipeline: hub.engine.pipeline, store: hub.store, clock: realClock, sink: sink.send, everyMs: 60_000, log: () => undefined });
  await sendEvent(hub, 'production.variance.detected.v1', { ...variance, atRisk: 1 });
  await until('the run is done', async () => (await hub.ask('/api/runs?status=done')).json.length === 1);
  expect(there.spans).toEqual([]);
  await exporter.close();
  await sink.close();
  expect(there.spans.map(({ name }) => name)).toContain('flow packaging-bottleneck');
});
