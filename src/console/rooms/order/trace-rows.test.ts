import { expect, test } from 'vitest';
import type { SpanView } from '../../../api/stories.ts';
import { at, held, ms, storyOf, waits } from './story-for-test.ts';
import { traceAxis } from './trace-axis.ts';
import { traceGroups, traceRowsMax, traceTree } from './trace-rows.ts';

const span = (spanId: string, parentSpanId: string | undefined, layer: SpanView['layer'], name: string, from: number, to: number): SpanView => ({
  traceId: 't',
  spanId,
  parentSpanId,
  layer,
  name,
  kind: 'internal',
  startMs: ms(from),
  endMs: ms(to),
  status: 'ok',
  attributes: { ...(layer === 'step' && { 'peer.service': 'erp', 'lineshaft.run': 'replan:1', 'lineshaft.step': spanId }) },
});
const titles = new Map([
  ['system:erp', 'ERP'],
  ['capability:order.revise', 'Revise an order'],
  ['contract:line.slow', 'A line is slow'],
]);
const caused = [
  span('call', 'step', 'call', 'try order.revise', 0.1, 0.12),
  span('window', undefined, 'machine', 'window /edge/e/packer-3', -4, 0),
  span('event', 'window', 'event', 'event line.slow.v1', 0, 0),
  span('flow', 'event', 'flow', 'flow replan', 0.01, 20),
  span('step', 'flow', 'step', 'effect undo:order.revise', 0.1, 0.15),
];

test('each row stands below what caused it; tries lie in their step', () => {
  const { rows, total } = traceTree(caused, storyOf([]), titles);
  expect(rows.map(({ title, depth, layer, calls }) => [depth, layer, title, calls.length])).toEqual([
    [0, 'machine', 'Signals of packer-3', 0],
    [1, 'event', 'A line is slow', 0],
    [2, 'flow', 'replan', 0],
    [3, 'step', 'ERP: Revise an order', 1],
  ]);
  expect(total).toBe(4);
});

test('what is not over has no span yet and is drawn all the same', () => {
  const running = { id: 'replan:1', flow: 'replan', title: '', key: 'PO-1', status: 'active', started: at(0.01) } as const;
  const spans = caused.filter(({ layer }) => layer === 'event' || layer === 'machine' || layer === 'step');
  const { rows } = traceTree(spans, storyOf([held, waits], { runs: [running] }), titles);
  expect(rows.map(({ title, depth, isOpen }) => [depth, title, isOpen])).toEqual([
    [0, 'Signals of packer-3', false],
    [1, 'A line is slow', false],
    [2, 'replan', true],
    [3, 'ERP: Revise an order', false],
    [3, 'tms: tms.change', true],
    [3, 'Wait: well', true],
  ]);
});

test('each run can be looked at alone, with what came meanwhile', () => {
  const second = [span('event2', undefined, 'event', 'event again.v1', 60, 60), span('flow2', 'event2', 'flow', 'flow replan', 60, 70)];
  const answer = span('answer', undefined, 'event', 'event answered.v1', 5, 5);
  const groups = traceGroups(traceTree([...caused, answer, ...second], storyOf([]), titles).rows);
  expect(groups.map(({ rows }) => rows.map(({ id }) => id))).toEqual([
    ['event2', 'flow2'],
    ['window', 'event', 'flow', 'step', 'answer'],
  ]);
  expect(traceGroups(traceTree(caused, storyOf([]), titles).rows)).toEqual([]);
});

test('no more rows than a person can use', () => {
  const many = Array.from({ length: traceRowsMax + 5 }, (_, index) => span(`s${index}`, undefined, 'event', `event e${index}`, index, index));
  const { rows, total } = traceTree(many, storyOf([]), titles);
  expect([rows.length, total, rows[0]?.title]).toEqual([traceRowsMax, traceRowsMax + 5, 'e5']);
});

test('20 ms stay readable beside 20 s', () => {
  const axis = traceAxis([0, 20, 40, 20_040, 20_060]);
  const width = (from: number, to: number): number => axis.place(to) - axis.place(from);
  expect(width(0, 20)).toBeGreaterThan(0.2);
  expect(width(40, 20_040)).toBeLessThan(0.2);
  expect(axis.folds.map((fold) => fold.ms)).toEqual([20_000]);
  expect(axis.stretches.map((stretch) => [stretch.startMs, stretch.ms])).toEqual([
    [0, 40],
    [20_040, 20],
  ]);
  expect([axis.place(-5), axis.place(99_999)]).toEqual([0, 1]);
});

test('an axis over one instant or none is still an axis', () => {
  expect([traceAxis([]).place(5), traceAxis([5]).place(5), traceAxis([5]).folds.length]).toEqual([0, 0, 0]);
});
