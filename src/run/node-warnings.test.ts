import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const file = new URL('node-warnings.ts', import.meta.url).href;

/** What a process prints that uses a part of Node that may change, and warns of something else. */
function printed(before: string): string {
  const code = `${before} const { stripTypeScriptTypes } = await import('node:module'); stripTypeScriptTypes('const one: number = 1;'); process.emitWarning('low on paper');`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) });
  expect(status).toBe(0);
  return stderr;
}

test('what Node says of its own parts is left out, and every other warning is told', () => {
  expect(printed('')).toMatch(/ExperimentalWarning[^]*low on paper/);
  const quiet = printed(`(await import(${JSON.stringify(file)})).withoutExperimentalWarnings();`);
  expect(quiet).toContain('low on paper');
  expect(quiet).not.toContain('ExperimentalWarning');
});
