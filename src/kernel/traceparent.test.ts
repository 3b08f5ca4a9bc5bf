import { expect, test } from 'vitest';
import { traceContextOf } from './traceparent.ts';

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test.each([
  ['both', traceparent, 'vendor=1', { traceparent, tracestate: 'vendor=1' }],
  ['no state', traceparent, undefined, { traceparent }],
  ['a state that is too long', traceparent, 'v'.repeat(513), { traceparent }],
  ['a state that could break a line', traceparent, 'v=1\nx', { traceparent }],
  ['a state alone', undefined, 'vendor=1', undefined],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, undefined, undefined],
  ['a span id of zeros', `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`, undefined, undefined],
  ['capitals', traceparent.toUpperCase(), undefined, undefined],
  ['a version to come', traceparent.replace('00', '01'), undefined, undefined],
  ['two at once', [traceparent, traceparent], undefined, undefined],
])('a trace context of %s', (_what, parent, state, expected) => {
  expect(traceContextOf(parent, state)).toEqual(expected);
});
