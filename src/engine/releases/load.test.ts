import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { surveyLandscape } from './load.ts';

test('what lies beside a landscape and has nothing to do with Lineshaft is not run; JavaScript that declares something is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-load-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('tool.mjs', "import { writeFileSync } from 'node:fs';\nwriteFileSync(new URL('ran', import.meta.url), '');\nthrow new Error('a tool was run');\n");
  write(
    'owners.mjs',
    "import { defineOwner } from 'lineshaft';\nexport const planning = defineOwner({ name: 'planning', title: 'Planning', mail: 'p@example.invalid', side: 'it' });\n",
  );
  write('more.js', "export { planning as again } from './owners.mjs';\n");
  const { definitions, failures } = await surveyLandscape(folder);
  expect(failures).toEqual([]);
  expect(definitions.map(({ name }) => name)).toEqual(['planning']);
});
