import { expect, test } from 'vitest';
import { heapFlags } from './heap-flags.ts';

test('the young generation of a hub grows as it must, and begins at its largest where it lives for seconds', () => {
  expect(heapFlags('hub')).toEqual(['--max-semi-space-size=16']);
  expect(heapFlags('hub', { LINESHAFT_HEAP: 'kept' })).toEqual(['--max-semi-space-size=16', '--min-semi-space-size=16']);
  expect(heapFlags('edge', { LINESHAFT_HEAP: 'kept' })).toEqual(heapFlags('edge'));
});
