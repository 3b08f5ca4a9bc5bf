import { expect, test } from 'vitest';
import { fieldDifferences } from './field-diff.ts';

test('what is the same has no differences, whatever the order of its keys', () => {
  expect(fieldDifferences({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toEqual([]);
});

test('each field that differs is told by its path, with what it was and what it is', () => {
  expect(fieldDifferences({ a: 1, 'b/c': { d: [1, 2] }, gone: true }, { a: 2, 'b/c': { d: [1, 3, 4] }, new: 'x' })).toEqual([
    { path: '/a', before: 1, after: 2 },
    { path: '/b~1c/d/1', before: 2, after: 3 },
    { path: '/b~1c/d/2', after: 4 },
    { path: '/gone', before: true },
    { path: '/new', after: 'x' },
  ]);
});

test('values of different kinds differ as a whole', () => {
  expect(fieldDifferences({ a: [1] }, { a: { 0: 1 } })).toEqual([{ path: '/a', before: [1], after: { 0: 1 } }]);
  expect(fieldDifferences(1, undefined)).toEqual([{ path: '', before: 1 }]);
});

test('only so many are told', () => {
  expect(
    fieldDifferences(
      Array.from({ length: 200 }, () => 0),
      Array.from({ length: 200 }, () => 1),
    ),
  ).toHaveLength(50);
});
