import { expect, test } from 'vitest';
import { past } from './past.ts';

test('what is not wanted any more is not dropped, and waits for nobody who looks', async () => {
  const { kept, drop } = past();
  const looked = Promise.withResolvers<void>();
  const looking = kept(() => looked.promise);
  const closing = new AbortController();
  let dropped = 0;
  const asked = (): Promise<string> =>
    drop(async () => (dropped += 1), closing.signal).then(
      () => 'dropped',
      () => 'not wanted',
    );
  const waiting = asked();
  closing.abort(new Error('closed'));
  expect(await waiting).toBe('not wanted');
  expect(await Promise.race([asked(), new Promise((resolve) => setImmediate(() => resolve('waits')))])).toBe('not wanted');
  looked.resolve();
  await looking;
  expect(dropped).toBe(0);
});
