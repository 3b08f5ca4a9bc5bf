import { expect, test } from 'vitest';
import type { MomentView } from '../../../api/stories.ts';
import { originsOf } from './origin-words.ts';
import { at, event, ms, questions, reading, storyOf, titles } from './story-for-test.ts';

test('each input of a decision says where it came from, with the way to its line', () => {
  const decision: MomentView = {
    atMs: ms(1),
    at: at(1),
    kind: 'decision',
    title: 'Decides: How bad → revise',
    status: 'done',
    run: 'replan:1',
    detail: {
      decision: 'how-bad',
      version: 1,
      input: { variance: { ratePerMin: 55 }, orders: { plannedEnd: at(3_600), version: 4 }, stock: 7, limit: 3 },
      from: {
        variance: { event: 'line.slow.v1', position: 7, id: 'e1' },
        orders: { step: 'order#1', capability: 'order', system: 'erp', version: 1, atMs: ms(0), path: 'components' },
        stock: { parts: { 0: { step: 'stock#1', capability: 'stock', system: 'wms', atMs: ms(0) }, 1: { step: 'stock#1', capability: 'stock', system: 'wms', atMs: ms(0) } } },
      },
    },
  };
  const origins = originsOf(decision, storyOf([event, ...questions, decision]), reading, titles);
  expect(origins.map(({ input, said, from }) => [input, said.map(({ name, value }) => `${name} ${value}`), from])).toEqual([
    ['variance', ['rate 55 per min'], [{ words: 'Event “A line is slow”', moment: 'event/7' }]],
    ['orders', ['planned end 15:00'], [{ words: 'ERP: Order, its components', moment: 'replan:1/order#1' }]],
    ['stock', [], [{ words: 'WMS: Stock', moment: 'replan:1/stock#1' }]],
    ['limit', [], [{ words: 'the flow itself', moment: undefined }]],
  ]);
});
