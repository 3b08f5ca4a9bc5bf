import { expect, test } from 'vitest';
import { originTexts } from './origin-text.ts';

test('inputs of one source are told together, with the step and the system that gave them', () => {
  expect(
    originTexts({
      variance: { event: 'line.slow.v1', position: 4, id: 'e1' },
      plan: { step: 'shortage#1', decision: 'shortage', version: 2, atMs: 1 },
      end: { step: 'shortage#1', decision: 'shortage', version: 2, atMs: 1, path: 'plannedEnd', by: 'value' },
      receipt: { step: 'expected-receipt.read#1', capability: 'expected-receipt.read', system: 'wms', atMs: 1 },
      answers: { parts: { 0: { event: 'component.answered.v1', position: 9, step: 'w#1' }, 1: { event: 'component.answered.v1', position: 10, step: 'w#2' } } },
      own: {},
    }),
  ).toEqual(['variance from event line.slow.v1', 'plan, end from shortage#1', 'receipt from expected-receipt.read#1 (wms)', 'answers from event component.answered.v1']);
});

test('where nothing is known, nothing is told', () => {
  for (const from of [undefined, null, {}, { own: {} }]) expect(originTexts(from)).toEqual([]);
});
