import { expect, test } from 'vitest';
import { answerFields, answerOf, likelyAnswer } from './answer.ts';

const fields = answerFields({
  type: 'object',
  required: ['messageId', 'before'],
  properties: { messageId: { type: 'string' }, revision: { type: 'integer' }, before: { type: 'object' }, isFinal: { type: 'boolean' } },
});

test('an answer is asked for field by field, as its schema says', () => {
  expect(fields.map(({ label, kind, isRequired }) => [label, kind, isRequired])).toEqual([
    ['Message ID', 'text', true],
    ['Revision', 'number', false],
    ['Before', 'json', true],
    ['Is final', 'flag', false],
  ]);
  expect(answerFields(true)).toEqual([{ name: '', label: 'The answer, as JSON', kind: 'json', isRequired: true }]);
});

test('what was typed becomes the answer, or names the field that cannot be read', () => {
  expect(answerOf(fields, { messageId: ' M-1 ', before: '{"a":1}', isFinal: 'yes' })).toEqual({ value: { messageId: 'M-1', before: { a: 1 }, isFinal: true } });
  expect(answerOf(fields, { messageId: 'M-1', before: '{' })).toEqual({ wrong: 'Before' });
  expect(answerOf(fields, { before: '{}' })).toEqual({ wrong: 'Message ID' });
  expect(answerOf(fields, { messageId: 'M-1', before: '{}', revision: 'two' })).toEqual({ wrong: 'Revision' });
  expect(answerOf(answerFields(true), { '': '[1]' })).toEqual({ value: [1] });
});

test('what was asked for is the likely answer', () => {
  expect(likelyAnswer(fields, { messageId: 'M-1', before: { a: 1 }, other: 2, isFinal: true })).toEqual({ messageId: 'M-1', before: '{\n  "a": 1\n}', isFinal: 'yes' });
  expect(likelyAnswer(fields, undefined)).toEqual({});
});
