import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Grows its young generation as loading code does, then asks for it to be given back, and waits for that. */
const program = `
  const { getHeapSpaceStatistics } = await import('node:v8');
  const { slimHeap } = await import(process.argv[1]);
  const young = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
  let kept = [];
  while (young() < 16e6) kept = [...kept.slice(-50_000), { made: kept.length }];
  const grown = young();
  slimHeap();
  const looking = setInterval(() => {
    if (young() > grown / 4) return;
    clearInterval(looking);
    console.log('given back', typeof globalThis.gc);
  }, 100);
`;

test('a young generation that grew at the start is given back, and nothing of how shows', async () => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--max-semi-space-size=16', '--input-type=module', '-e', program, new URL('./slim-heap.ts', import.meta.url).href],
    { timeout: 240_000 },
  );
  expect({ stdout, stderr }).toEqual({ stdout: 'given back undefined\n', stderr: '' });
});
