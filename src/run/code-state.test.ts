import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateOf } from './code-state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft code '));
  mkdirSync(join(folder, 'flows'));
  for (const name of ['a.ts', 'a.test.ts', join('flows', 'b.ts'), 'lock.json']) {
    writeFileSync(join(folder, name), 'export {};\n');
    utimesSync(join(folder, name), 1, 1);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const state = (): Promise<string> => stateOf(folder, [join(folder, 'lock.json')]);

test.for([join('flows', 'b.ts'), 'lock.json', 'new.ts'])('a change of %s changes the state of a folder', async (name) => {
  const before = await state();
  writeFileSync(join(folder, name), 'export const changed = true;\n');
  expect(await state()).not.toBe(before);
});

test('what is not loaded by a process does not', async () => {
  const before = await state();
  writeFileSync(join(folder, 'a.test.ts'), 'export const changed = true;\n');
  writeFileSync(join(folder, 'README.md'), 'Changed.\n');
  expect(await state()).toBe(before);
});
