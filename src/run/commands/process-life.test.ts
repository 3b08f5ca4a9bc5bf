import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from './failure.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'a landscape of 100 % '));
  writeFileSync(join(folder, 'flow.mjs'), "Promise.reject(new Error('nobody waits for me'));\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that guards the folder of a landscape, and then loads a file that drops a failed promise. */
function guarded(landscape: string): { readonly status: number | null; readonly stdout: string } {
  const code = `
    const { guardRejections } = await import(${JSON.stringify(new URL('process-life.ts', import.meta.url).href)});
    guardRejections([${JSON.stringify(landscape)}], (message, { error }) => console.log(message + ': ' + error));
    await import(${JSON.stringify(pathToFileURL(join(folder, 'flow.mjs')).href)});`;
  return spawnSync(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code], { encoding: 'utf8' });
}

test('a promise that the landscape dropped ends nothing, whatever its folder is called', () => {
  expect(guarded(folder)).toMatchObject({ status: 0, stdout: 'the landscape dropped a failed promise: await it, or catch it: nobody waits for me\n' });
});

test('a promise that anybody else dropped is a bug, which stops the process', () => {
  expect(guarded(join(folder, 'elsewhere'))).toMatchObject({ status: exitCodes.bug, stdout: 'bug: the process stops: nobody waits for me\n' });
});
