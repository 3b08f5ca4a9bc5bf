// Before the tests: where all of them are run, the command that they start is bundled first, and where only some are, the bundle is used that is there, if
// it is of the sources as they are. It takes as much CPU as it spares in the first three starts of a hub.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '../scripts/package-binary.ts';
import { builtCommand } from '../src/run/built-processes.ts';

/** `vitest run` with options only. */
const runsAll = process.argv.slice(2).every((word) => word === 'run' || word.startsWith('-'));

export async function setup(): Promise<void> {
  if (runsAll) buildProcesses();
  const built = await builtCommand();
  // Where running-command.ts finds it, in the processes of the tests as well; also what is no test starts commands with that.
  if (built) process.env['LINESHAFT_BUILT_COMMAND'] = built.file;
}

/** Does nothing where the bundle is of the sources as they are. */
export function buildProcesses(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(repository, 'scripts', 'build-processes.ts')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The sources cannot be bundled: ${stderr}`);
}
