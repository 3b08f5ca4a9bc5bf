// Emits what users install: dist/ from src/ without tests, TypeBox in few files, and the console as a browser gets it.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageBinary, repository } from './package-binary.ts';

rmSync(join(repository, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [packageBinary('typescript', 'tsc'), '-p', 'tsconfig.build.json'], { cwd: repository, stdio: 'inherit' });
if (status === 0) {
  await import('./build-typebox.ts');
  await import('./build-console.ts');
}
process.exitCode = status ?? 1;
