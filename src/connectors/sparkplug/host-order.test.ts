// Sequence numbers of Sparkplug: what a host does with messages out of order, and with those that are missing.
import { expect, test } from 'vitest';
import { bornHost, deviceBirth, double, nodeBirth, onlineHost, quarantined, rate, samples, t0, topics, values } from './host-for-test.ts';

test('tck-id-payloads-sequence-num-incrementing: 255 is followed by 0, and an NBIRTH may begin anywhere', () => {
  const { send } = onlineHost();
  send('g/NBIRTH/n', { ...nodeBirth(), seq: 253 });
  send('g/DBIRTH/n/d', deviceBirth(254));
  expect(values(send('g/DDATA/n/d', rate(255, 1)))).toEqual([1]);
  expect(values(send('g/DDATA/n/d', rate(0, 2)))).toEqual([2]);
});

test('tck-id-payloads-sequence-num-always-included: data without a seq is quarantined and a rebirth requested', () => {
  const { send } = bornHost();
  const out = send('g/DDATA/n/d', { metrics: [double(1, { alias: 10 })] });
  expect(quarantined(out)).toEqual([{ address: 'g/n/d/', reason: expect.stringContaining('no seq') }]);
  expect(topics(out)).toHaveLength(1);
});

test('tck-id-operational-behavior-host-reordering-start: a message out of order starts the timer and waits', () => {
  const { host, send, tick } = bornHost();
  expect(send('g/DDATA/n/d', rate(3, 53), 100)).toEqual([]);
  expect(host.nextAtMs()).toBe(t0 + 2_100);
  expect(tick(2_099)).toEqual([]);
});

test('tck-id-operational-behavior-host-reordering-success: the missing message ends the timer, and all come in order', () => {
  const { host, send, tick } = bornHost();
  send('g/DDATA/n/d', rate(4, 54), 100);
  send('g/DDATA/n/d', rate(3, 53), 200);
  const out = send('g/DDATA/n/d', rate(2, 52), 300);
  expect(values(out)).toEqual([52, 53, 54]);
  expect(samples(out).every(({ quality }) => quality === 'good')).toBe(true);
  expect(host.nextAtMs()).toBeUndefined();
  expect(tick(10_000)).toEqual([]);
});

test('a second hole behind the first has a window of its own', () => {
  const { host, send } = bornHost();
  send('g/DDATA/n/d', rate(3, 53), 100);
  send('g/DDATA/n/d', rate(5, 55), 1_900);
  expect(values(send('g/DDATA/n/d', rate(2, 52), 2_000))).toEqual([52, 53]);
  expect(host.nextAtMs()).toBe(t0 + 4_000);
});

test('tck-id-operational-behavior-host-reordering-rebirth: when the timer elapses one rebirth is requested, and what came behind the hole is uncertain until the birth', () => {
  const { send, tick } = bornHost();
  send('g/DDATA/n/d', rate(3, 53), 100);
  send('g/DDATA/n/d', rate(4, 54), 200);
  const out = tick(2_100);
  expect(samples(out).map(({ value, quality }) => [value, quality])).toEqual([
    [53, 'uncertain'],
    [54, 'uncertain'],
  ]);
  expect(topics(out)).toEqual(['spBv1.0/g/NCMD/n']);
  const next = send('g/DDATA/n/d', rate(5, 55), 2_200);
  expect(samples(next)).toMatchObject([{ value: 55, quality: 'uncertain' }]);
  expect(topics(next)).toEqual([]);
  send('g/NBIRTH/n', { ...nodeBirth(), timestamp: t0 + 2_300 }, 2_300);
  send('g/DBIRTH/n/d', deviceBirth(), 2_300);
  expect(samples(send('g/DDATA/n/d', rate(2, 56), 2_400))).toMatchObject([{ value: 56, quality: 'good' }]);
  expect(topics(tick(60_000))).toEqual([]);
});

test('a node that does not obey is asked again while it sends, at the limited rate', () => {
  const { send, tick } = bornHost();
  send('g/DDATA/n/d', rate(3, 53), 0);
  expect(topics(tick(2_000))).toHaveLength(1);
  for (let seq = 4; seq < 8; seq++) expect(topics(send('g/DDATA/n/d', rate(seq, 1), 2_000 + seq))).toHaveLength(0);
  expect(topics(tick(7_000))).toHaveLength(1);
});

test.each([0, 500])('tck-id-operational-behavior-host-reordering-param: the Reorder Timeout is configurable (%i ms)', (reorderTimeoutMs) => {
  const { send, tick } = bornHost({ reorderTimeoutMs });
  const at = send('g/DDATA/n/d', rate(3, 53), 0);
  expect(topics(reorderTimeoutMs === 0 ? at : tick(reorderTimeoutMs))).toEqual(['spBv1.0/g/NCMD/n']);
});

test('what waits for a missing message is bounded: when half the numbers are used up it waits no longer', () => {
  const { send } = bornHost();
  const out = Array.from({ length: 400 }, (_, index) => send('g/DDATA/n/d', rate((3 + index) % 256, index), 1)).flat();
  expect(topics(out)).toEqual(['spBv1.0/g/NCMD/n']);
  expect(values(out)).toEqual(Array.from({ length: 400 }, (_, index) => index));
});

test('a DBIRTH that overtakes its NBIRTH is not lost', () => {
  const { send } = bornHost();
  send('g/DBIRTH/n/d', { ...deviceBirth(1), timestamp: t0 + 501 }, 502);
  const out = send('g/NBIRTH/n', { ...nodeBirth(), timestamp: t0 + 500 }, 503);
  expect(samples(out).map(({ address }) => address)).toEqual(['g/n//Uptime', 'g/n/d/Rate', 'g/n/d/Temperature', 'g/n/d/Line/Count']);
});

test('what was held back from before a birth does not come after it', () => {
  const { send } = bornHost();
  send('g/DDATA/n/d', { ...rate(2 + 7, 1), timestamp: t0 + 100 }, 100);
  expect(values(send('g/NBIRTH/n', { ...nodeBirth(), timestamp: t0 + 200, seq: 8 }, 200))).toEqual([1]);
});
