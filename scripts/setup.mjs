// Runs before `npm start` and `npm test`, on whatever Node there is (20 or newer): installs what package-lock.json asks for, makes sure that
// a Node 24 runs the rest and, with `--console`, builds the console where it is stale. Plain JavaScript without dependencies, because nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { advise } from './setup/advice.mjs';
import { install } from './setup/install.mjs';
import { isInstalled, markInstalled, missingBinaries } from './setup/installed.mjs';
import { ensureNode } from './setup/own-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** The installed packages fit the lock file and a Node that can run the sources comes first; otherwise throws advice in plain words. */
async function setUp() {
  if (!isInstalled(root)) {
    await install(root, 'ci', process.env.npm_node_execpath ?? process.execPath);
    // npm leaves an optional package out without a word when it wants a newer Node than the one that runs npm: our own one asks again.
    const own = ensureNode(root);
    if (missingBinaries(root).length > 0) await install(root, 'add', own);
    markInstalled(root);
  }
  return ensureNode(root);
}

/** Builds with the Node that was brought along: the shell that runs this may still know the machine's own as `node`. What it says goes beside the output of `start`. */
function build(node, script) {
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(shell ? `"${node}"` : node, [script], { cwd: root, stdio: [0, 2, 2], shell });
  if (error) throw error;
  if (status !== 0) process.exitCode = 1;
}

try {
  const node = await setUp();
  if (process.argv.includes('--console')) for (const script of ['scripts/build-typebox.ts', 'scripts/build-console.ts']) build(node, script);
} catch (thrown) {
  process.stderr.write(`\n${advise(thrown, root)}\n\n`);
  process.exitCode = 1;
}
