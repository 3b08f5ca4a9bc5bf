// Emits what users install: dist/ from src/ without tests, TypeBox in few files, and the console as a browser gets it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageBinary, repository } from './package-binary.ts';

const dist = join(repository, 'dist');
// These stay unless they are stale, as their own stamps say: processes that run beside this build load them from there.
const kept = new Set(['typebox', 'console']);
for (const name of existsSync(dist) ? readdirSync(dist) : []) if (!kept.has(name)) rmSync(join(dist, name), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [packageBinary('typescript', 'tsc'), '-p', 'tsconfig.build.json'], { cwd: repository, stdio: 'inherit' });
if (status === 0) {
  await import('./build-typebox.ts');
  await import('./build-console.ts');
}
process.exitCode = status ?? 1;
