// A file of a landscape that awaits at its top level what never comes: real processes, which say so and wait.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { runningCommand } from '../running-command.ts';
import { until } from '../until.ts';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lineshaft-slow-load-')));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules', 'lineshaft'), 'junction');
  mkdirSync(join(folder, 'landscape'));
  const owner = "import { defineOwner } from 'lineshaft';\nexport const planning = defineOwner({ name: 'planning', title: 'Planning', mail: 'p@example.invalid', side: 'it' });\n";
  writeFileSync(join(folder, 'landscape', 'owners.ts'), owner);
  writeFileSync(join(folder, 'landscape', 'prices.ts'), 'export const prices = await new Promise(() => undefined);\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

test.for([
  ['hub', ['hub', '--port', '0']],
  ['edge', ['edge', '--hub', 'http://127.0.0.1:1', '--key', 'k']],
] as const)('a file that does not come to an end keeps the %s from starting, and is named', { timeout: 240_000 }, async ([, args]) => {
  await using command = runningCommand([...args, '--landscape', 'landscape', '--data', `state-${args[0]}`], { cwd: folder });
  await until('the file is named', () => command.printed().includes('is still being loaded after 5 s'), 200_000);
  expect(command.printed()).toMatch(/prices\.ts is still being loaded after 5 s: it, or a file that it imports, awaits something at its top level/);
  expect(command.printed()).not.toContain('"ready":true');
});
