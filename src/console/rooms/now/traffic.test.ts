import { expect, test } from 'vitest';
import { trafficReader } from './traffic.ts';

const reader = () => trafficReader((asset) => (asset === 'packer-3' ? 'line-1' : undefined));
const step = (data: Readonly<Record<string, unknown>>) => ({ kind: 'step', data: { run: 'r', step: 's', ...data } }) as const;

test('an event of the plant travels from its line over its edge', () => {
  const read = reader();
  expect(read({ kind: 'event', data: { source: '/edge/edge-1/acme/bremen/packaging/line-1/packer-3' } })).toEqual({
    kind: 'event',
    legs: [
      { connection: 'line:line-1', backwards: false },
      { connection: 'edge:edge-1', backwards: false },
    ],
  });
  expect(read({ kind: 'event', data: { source: '/edge/edge-1/elsewhere' } })?.legs).toEqual([{ connection: 'edge:edge-1', backwards: false }]);
});

test('a webhook comes from its system; what somebody posts has no place', () => {
  const read = reader();
  expect(read({ kind: 'event', data: { source: '/systems/tms' } })).toEqual({ kind: 'event', legs: [{ connection: 'system:tms', backwards: true }] });
  expect(read({ kind: 'event', data: { source: '/planner' } })).toBeUndefined();
  expect(read({ kind: 'event', data: {} })).toBeUndefined();
});

test('a change goes out when it is sent, also again, and its answer comes back', () => {
  const read = reader();
  expect(read(step({ kind: 'effect', status: 'open', system: 'tms' }))).toBeUndefined();
  expect(read(step({ status: 'sent' }))).toEqual({ kind: 'change', legs: [{ connection: 'system:tms', backwards: false }] });
  expect(read(step({ status: 'unknown' }))).toBeUndefined();
  expect(read(step({ status: 'done' }))).toEqual({ kind: 'answer', legs: [{ connection: 'system:tms', backwards: true }] });
});

test('a query goes there and back; what calls nobody does not move', () => {
  const read = reader();
  expect(read(step({ kind: 'query', status: 'done', system: 'erp' }))?.legs.map(({ backwards }) => backwards)).toEqual([false, true]);
  expect(read({ kind: 'step', data: { run: 'r', step: 'other', kind: 'decide', status: 'done' } })).toBeUndefined();
  expect(read({ kind: 'mode', data: { system: 'erp', mode: 'down' } })).toBeUndefined();
});

test('only so many steps are remembered', () => {
  const read = reader();
  for (let count = 0; count < 501; count += 1) read({ kind: 'step', data: { run: 'r', step: `s${count}`, kind: 'effect', status: 'open', system: 'tms' } });
  expect(read({ kind: 'step', data: { run: 'r', step: 's0', status: 'sent' } })).toBeUndefined();
  expect(read({ kind: 'step', data: { run: 'r', step: 's1', status: 'sent' } })).toBeDefined();
});
