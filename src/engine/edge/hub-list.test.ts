import { expect, test } from 'vitest';
import { hubList } from './hub-list.ts';

test('the next address is used when one fails, and it stays in use for as long as it answers', () => {
  const hubs = hubList(['http://a/', 'http://b', 'http://c//']);
  expect(hubs.current()).toBe('http://a');
  expect(hubs.failed('http://a')).toBe(false);
  expect(hubs.current()).toBe('http://b');
  hubs.answered();
  expect(hubs.current()).toBe('http://b');
  hubs.failed('http://b');
  hubs.failed('http://c');
  expect(hubs.current()).toBe('http://a');
});

test('one address that fails twice, for events and for trends, is not all of them', () => {
  const hubs = hubList(['http://a', 'http://b']);
  expect([hubs.failed('http://a'), hubs.failed('http://a'), hubs.current()]).toEqual([false, false, 'http://b']);
  expect(hubs.failed('http://b')).toBe(true);
  expect([hubs.failed('http://a'), hubs.current()]).toEqual([true, 'http://b']);
  hubs.answered();
  expect(hubs.failed('http://b')).toBe(false);
});

test('a failure of an address that is not used any more moves nothing', () => {
  const hubs = hubList(['http://a', 'http://b', 'http://c']);
  hubs.failed('http://a');
  hubs.failed('http://a');
  expect(hubs.current()).toBe('http://b');
});

test('of one address every failure is one of all', () => {
  expect(hubList(['http://a']).failed('http://a')).toBe(true);
});
