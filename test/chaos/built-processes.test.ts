import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { builtCommand } from '../../src/run/built-processes.ts';
import { childCommand, cliFile } from '../../src/run/preparation.ts';
import { buildProcesses } from '../built-command.ts';

beforeAll(buildProcesses);

const builtFile = join(repository, '.built', 'cli.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft built '));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules', 'lineshaft'), 'junction');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', file, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('processes of their own are run from what was built of these very sources', async () => {
  const built = await builtCommand();
  expect(built?.file).toBe(builtFile);
  expect(await childCommand()).toEqual(built);
});

test('a landscape is the same to a built process as to one that runs the sources', () => {
  const plant = join(repository, 'examples', 'packaging-plant');
  const [fromSources, fromBuilt] = [cliFile, builtFile].map((file) => run(file, 'graph', '--landscape', plant));
  expect(fromSources).toMatchObject({ status: 0, stderr: '' });
  expect(fromBuilt).toEqual(fromSources);
});

test('a built process names the line of a landscape', () => {
  writeFileSync(
    join(folder, 'owners.ts'),
    "import { defineOwner } from 'lineshaft';\n\nexport const planning = defineOwner({ name: 'Not A Name', title: 'Planning', mail: 'p@example.invalid', side: 'it' });\n",
  );
  const [fromSources, fromBuilt] = [cliFile, builtFile].map((file) => run(file, 'check', '--landscape', folder));
  expect(fromBuilt).toEqual(fromSources);
  expect(fromBuilt?.stdout).toContain('owners.ts:3');
});

test("the store's thread, which every hub starts, loads no TypeBox", () => {
  const loaded = filesLoadedBy(join(repository, '.built', 'store', 'sqlite', 'sqlite-worker.js'));
  expect(loaded.size).toBeGreaterThan(1);
  expect([...loaded].filter((file) => file.includes('typebox'))).toEqual([]);
});

/** A file and all that it imports from others beside it, as a bundle says it. */
function filesLoadedBy(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;'"]*['"](\.[^'"]+)['"];?$/gmu)) filesLoadedBy(join(dirname(file), path), loaded);
  return loaded;
}
