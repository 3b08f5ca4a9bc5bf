// Emits what users install: dist/ from src/, without tests and without the console.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageBinary, repository } from './package-binary.ts';

rmSync(join(repository, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [packageBinary('typescript', 'tsc'), '-p', 'tsconfig.build.json'], { cwd: repository, stdio: 'inherit' });
process.exitCode = status ?? 1;
