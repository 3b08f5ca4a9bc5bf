import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as typebox from 'typebox';
import * as typeboxFormat from 'typebox/format';
import * as typeboxSchema from 'typebox/schema';
import { expect, test } from 'vitest';

const bundles = new URL('../../dist/typebox/', import.meta.url);
const isBuilt = existsSync(new URL('format.js', bundles));

test.skipIf(!isBuilt)('what is bundled offers what the package does (skipped where it was not built: npm test builds it)', async () => {
  for (const [file, whole] of [
    ['index.js', typebox],
    ['format.js', typeboxFormat],
    ['schema.js', typeboxSchema],
  ] as const) {
    const bundled: object = await import(new URL(file, bundles).href);
    expect(Object.keys(bundled).sort()).toEqual(Object.keys(whole).sort());
  }
});

test.skipIf(!isBuilt)('a process that asks for it gets the bundle by the name of the package, and other packages as ever', () => {
  const module = new URL('bundled-typebox.ts', import.meta.url).href;
  const code = `import { useBundledTypebox } from '${module}'; useBundledTypebox(); console.log(['typebox', 'typebox/format', 'typebox/schema', 'yaml'].map((name) => import.meta.resolve(name)).join(' '));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--disable-warning=ExperimentalWarning', '--eval', code], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/\/dist\/typebox\/index\.js \S+\/dist\/typebox\/format\.js \S+\/dist\/typebox\/schema\.js \S+\/node_modules\/yaml\/\S+\n$/);
});

test.skipIf(!isBuilt)('a format that the bundle is told of is one that its schemas check', () => {
  const urls = ['bundled-typebox.ts', '../kernel/schema.ts'].map((file) => JSON.stringify(new URL(file, import.meta.url).href));
  const code = `const { useBundledTypebox } = await import(${urls[0]}); useBundledTypebox(); const { schema } = await import(${urls[1]});
    console.log(schema({ type: 'string', format: 'sscc' }).difference('376104250021234568')?.reason);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--disable-warning=ExperimentalWarning', '--eval', code], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toContain('the right check digit is 9');
});
