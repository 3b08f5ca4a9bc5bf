import { expect, test } from 'vitest';
import { urgentFirst } from './urgency.ts';

const at = (minutes: number): string => new Date(minutes * 60_000).toISOString();

test('the most urgent comes first: overdue, severe, due, new', () => {
  const cases = [
    { name: 'low, due first', severity: 'low', overdue: false, due: at(1), opened: at(0) },
    { name: 'high, older', severity: 'high', overdue: false, due: at(9), opened: at(0) },
    { name: 'high, newer', severity: 'high', overdue: false, due: at(9), opened: at(1) },
    { name: 'high, due earlier', severity: 'high', overdue: false, due: at(5), opened: at(0) },
    { name: 'medium, overdue', severity: 'medium', overdue: true, due: at(0), opened: at(0) },
    { name: 'unheard of', severity: 'blue', overdue: false, due: at(1), opened: at(0) },
  ];
  expect(urgentFirst(cases).map(({ name }) => name)).toEqual(['medium, overdue', 'high, due earlier', 'high, newer', 'high, older', 'low, due first', 'unheard of']);
});
