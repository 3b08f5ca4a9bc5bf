import { expect, test } from 'vitest';
import { parseCloudEvent } from './cloud-event.ts';

const event = { specversion: '1.0', id: 'e', source: '/s', type: 't', data: {} };

test.each([
  ['2026-01-31T06:00:00Z', Date.UTC(2026, 0, 31, 6)],
  ['2026-01-31t07:00:00.250+01:00', Date.UTC(2026, 0, 31, 6, 0, 0, 250)],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
])('%s is an instant', (time, timeMs) => {
  expect(parseCloudEvent({ ...event, time }, 0).timeMs).toBe(timeMs);
});

test.each(['2026', '1', 'Tue, 1 Jan 2030', '2026-02-30T00:00:00Z', '2026-02-28T25:00:00Z', '+275760-09-13T00:00:00Z', '2026-01-31 06:00:00Z', '2026-01-31T06:00:00'])(
  '%s is none',
  (time) => {
    expect(() => parseCloudEvent({ ...event, time }, 0)).toThrow(/write RFC 3339/);
  },
);
