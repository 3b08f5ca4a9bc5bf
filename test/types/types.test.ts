import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageBinary, repository } from '../../scripts/package-binary.ts';

/** How many types the compiler may create: a tenth more than what it took when this was last measured (113,556, and 501,687 of the repository, none of it inline). */
const landscapeTypesMax = 125_000;
const repositoryTypesMax = 550_000;

/** All that the compiler prints for a project, and how many types it created. */
function compile(project: string): { readonly printed: string; readonly types: number } {
  const args = [packageBinary('typescript', 'tsc'), '-p', project, '--extendedDiagnostics'];
  const printed = spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
  return { printed, types: Number(/^Types:\s+(\d+)$/m.exec(printed)?.[1]) };
}

test('what must not compile in a landscape does not, and what must compile does, within the budget of types', () => {
  const { printed, types } = compile(import.meta.dirname);
  expect(printed.split('\n').filter((line) => /error TS\d+/.test(line))).toEqual([]);
  expect(types).toBeGreaterThan(0);
  expect(types).toBeLessThan(landscapeTypesMax);
});

test('the whole repository stays within its budget of types: one schema inline in a call costs 140,000', { timeout: 240_000 }, () => {
  const { types } = compile(repository);
  expect(types).toBeGreaterThan(0);
  expect(types).toBeLessThan(repositoryTypesMax);
});

test('the tour of the README is code that compiles', () => {
  const text = (path: string): string => readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const tour = /^\/\/ tour\n(.*)^\/\/ end of the tour$/ms.exec(text(join(import.meta.dirname, 'tour.ts')))?.[1];
  const shown = /^```ts\n(.*?)^```$/ms.exec(text(join(repository, 'README.md')))?.[1];
  expect(shown).toBeDefined();
  expect(shown).toBe(tour);
});
