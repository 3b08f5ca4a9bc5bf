import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageBinary, repository } from '../../scripts/package-binary.ts';

/** What the compiler may create for the examples and the type tests: 1.3 times what it took when this was last measured (45,061). */
const typesMax = 58_000;

/** All that the compiler prints for this folder and the examples. */
function compile(): string {
  const args = [packageBinary('typescript', 'tsc'), '-p', join(import.meta.dirname, 'tsconfig.json'), '--extendedDiagnostics'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
}

test('what must not compile does not, what must compile does, and the compiler stays within its budget of types', () => {
  const printed = compile();
  expect(printed.split('\n').filter((line) => /error TS\d+/.test(line))).toEqual([]);
  const types = Number(/^Types:\s+(\d+)$/m.exec(printed)?.[1]);
  expect(types).toBeGreaterThan(0);
  expect(types).toBeLessThan(typesMax);
});

test('the tour of the README is code that compiles', () => {
  const text = (path: string): string => readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const tour = /^\/\/ tour\n(.*)^\/\/ end of the tour$/ms.exec(text(join(import.meta.dirname, 'tour.ts')))?.[1];
  const shown = /^```ts\n(.*?)^```$/ms.exec(text(join(repository, 'README.md')))?.[1];
  expect(shown).toBeDefined();
  expect(shown).toBe(tour);
});
