import { expect, test } from 'vitest';
import { byName } from './by-name.ts';

const names = () => byName({ what: 'edges', namesMax: 2, begin: () => ({ seen: 0 }) });

test('what is known of a name is begun once, and of no more names than are allowed', () => {
  const known = names();
  known.of('a').seen += 1;
  expect([known.of('a').seen, known.of('b').seen]).toEqual([1, 0]);
  expect(() => known.of('c')).toThrow('This hub knows 2 edges; "c" is one more.');
});

test('who only asks finds what is known, and takes no room', () => {
  const known = names();
  known.of('a').seen += 1;
  expect([known.look('a').seen, known.look('b').seen, known.look('c').seen]).toEqual([1, 0, 0]);
  expect(known.of('d').seen).toBe(0);
});

test('of one name, work waits for the work before it, also where that failed; others do not wait', async () => {
  const known = names();
  const said: string[] = [];
  const { promise: held, reject } = Promise.withResolvers<void>();
  const first = known.inLine('a', async () => held);
  const second = known.inLine('a', async () => void said.push('second'));
  await known.inLine('b', async () => void said.push('other'));
  reject(new Error('of the first'));
  await expect(first).rejects.toThrow('of the first');
  await second;
  expect(said).toEqual(['other', 'second']);
});
