import { expect, test } from 'vitest';
import type { EventRecord, RunRecord, StepRecord } from '../../store/store.ts';
import { eventSpans, spansOf } from './spans.ts';
import { spanIdOf, traceIdOf, traceparentOf } from './trace-context.ts';

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const event: EventRecord = {
  position: 1,
  source: '/edge/e1',
  id: 'ev-1',
  type: 'variance.v1',
  timeMs: 900,
  receivedMs: 1_000,
  keys: { order: 'PO-1', customerOrder: 'SO-1' },
  traceparent,
  principal: 'edge',
  data: '{"evidence":{"window":{"fromMs":100,"toMs":900}}}',
};
const run: RunRecord = { id: 'flow:1', flow: 'flow', key: 'PO-1', position: 1, status: 'done', release: 'r', protocol: 1, startedMs: 1_001, endedMs: 2_000, reason: undefined };
const step: StepRecord = {
  run: 'flow:1',
  id: 'order.revise#1',
  kind: 'effect',
  mode: 'call',
  name: 'order.revise',
  issue: 1,
  done: 1,
  status: 'done',
  input: '{}',
  output: '{"ok":true}',
  issuedMs: 1_002,
  endedMs: 1_900,
  dueMs: undefined,
  system: 'erp',
  entity: 'PO-1',
  revision: 3,
  order: 1,
  attempts: 2,
  history: JSON.stringify([
    { atMs: 1_003, what: 'sent' },
    { atMs: 1_500, what: 'no answer', note: 'reset' },
    { atMs: 1_600, what: 'read back', note: 'it is not there' },
    { atMs: 1_601, what: 'sent' },
    { atMs: 1_900, what: 'answered' },
  ]),
};

test('from the machine’s window to each try, every span hangs below the one that caused it', () => {
  const spans = spansOf({ event, run, steps: [step] });
  expect(spans.map(({ layer, name, status, startMs, endMs }) => [layer, name, status, startMs, endMs])).toEqual([
    ['machine', 'window /edge/e1', 'ok', 100, 900],
    ['event', 'event variance.v1', 'ok', 900, 1_000],
    ['flow', 'flow flow', 'ok', 1_001, 2_000],
    ['step', 'effect order.revise', 'ok', 1_002, 1_900],
    ['call', 'try order.revise', 'error', 1_003, 1_500],
    ['call', 'read back order.revise', 'ok', 1_600, 1_600],
    ['call', 'try order.revise', 'ok', 1_601, 1_900],
  ]);
  const [window, own, flow, effect, ...calls] = spans;
  expect([window?.parentSpanId, own?.parentSpanId, flow?.parentSpanId, effect?.parentSpanId]).toEqual(['b'.repeat(16), window?.spanId, own?.spanId, flow?.spanId]);
  expect(calls.every(({ parentSpanId }) => parentSpanId === effect?.spanId)).toBe(true);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  expect(spans.every(({ traceId }) => traceId === traceIdOf(event))).toBe(true);
});

test('the window is a span of its own: below that of who published the value, and a first one where the edge gave the trace itself', () => {
  const [published] = eventSpans(event);
  expect([published?.spanId, published?.parentSpanId]).toEqual([spanIdOf('ev-1'), 'b'.repeat(16)]);
  const [first, own] = eventSpans({ ...event, traceparent: traceparentOf('a'.repeat(32), spanIdOf('ev-1')) });
  expect([first?.spanId, first?.parentSpanId, own?.parentSpanId]).toEqual([spanIdOf('ev-1'), undefined, spanIdOf('ev-1')]);
});

test('the span of a step has the id that the system was told, and the business keys', () => {
  const effect = spansOf({ event, run, steps: [step] }).find(({ layer }) => layer === 'step');
  expect(effect?.spanId).toBe(spanIdOf('flow:1', 'order.revise#1'));
  expect(effect?.attributes).toMatchObject({ 'mfg.order': 'PO-1', 'mfg.customer_order': 'SO-1', 'lineshaft.revision': 3, 'lineshaft.attempts': 2, 'peer.service': 'erp' });
});

test('what has not ended has no span yet; an event without a trace of its own has no window above it', () => {
  expect(spansOf({ event, run: { ...run, status: 'active', endedMs: undefined }, steps: [{ ...step, status: 'parked', endedMs: undefined }] }).map(({ layer }) => layer)).toEqual([
    'machine',
    'event',
  ]);
  expect(eventSpans({ ...event, traceparent: undefined }).map(({ layer, parentSpanId }) => [layer, parentSpanId])).toEqual([['event', undefined]]);
  expect(eventSpans({ ...event, data: 'null' })).toHaveLength(1);
});

test('a run that failed or a step that was refused is an error with its reason', () => {
  const spans = spansOf({ event, run: { ...run, status: 'failed', reason: 'refused' }, steps: [{ ...step, status: 'refused' }] });
  expect(spans.flatMap(({ layer, status, message }) => (status === 'error' && layer !== 'call' ? [[layer, message]] : []))).toEqual([
    ['flow', 'refused'],
    ['step', 'refused'],
  ]);
});
