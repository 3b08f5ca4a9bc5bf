// The Node that runs the sources: the one that the repository brings along, else the person's own.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const nodeMajorMin = 24;

/** There is no Node that could run the sources; `broken` is what the one that came along said when started. */
export class NoNode extends Error {
  constructor(broken) {
    super('no Node to run with');
    this.broken = broken;
  }
}

/** The Node that `node` means in an npm script from now on, as a path. Throws NoNode where it would be too old. */
export function ensureNode(root) {
  const shim = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const own = existsSync(shim) ? versionOf(shim) : undefined;
  if (own?.major >= nodeMajorMin) return shim;
  // npm scripts find node_modules/.bin first: one that does not run here (another C library, say) must not stand in the way.
  if (own) for (const name of ['node', 'node.cmd', 'node.ps1']) rmSync(join(root, 'node_modules', '.bin', name), { force: true });
  const outer = [process.env.npm_node_execpath, process.execPath].find((node) => node && !node.startsWith(join(root, 'node_modules')) && versionOf(node).major >= nodeMajorMin);
  if (!outer) throw new NoNode(own?.said);
  return outer;
}

function versionOf(node) {
  const windows = process.platform === 'win32';
  const { stdout, stderr, error } = spawnSync(windows ? `"${node}"` : node, ['--version'], { encoding: 'utf8', shell: windows });
  const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
  return { major, said: (error?.message ?? stderr ?? '').trim().split('\n')[0] };
}
