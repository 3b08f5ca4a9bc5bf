import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '../../scripts/package-binary.ts';

/** Where the sources have changed since: it takes as long as four starts of a hub. */
export function buildProcesses(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(repository, 'scripts', 'build-processes.ts')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The sources cannot be bundled: ${stderr}`);
}
