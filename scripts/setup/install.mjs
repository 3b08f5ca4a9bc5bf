// Runs npm quietly and shows how far it is.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagesForHere } from './installed.mjs';

/** Kept of npm's output, the newest part. */
const outputBytesMax = 1_000_000;
const terminalEveryMs = 200;
const plainEveryMs = 15_000;

/** npm could not do it; `code` is npm's own error code, `output` all that it said, `log` the file with it (where one could be written). */
export class InstallFailed extends Error {
  constructor(code, output, log) {
    super(`npm failed: ${code}`);
    this.code = code;
    this.output = output;
    this.log = log;
  }
}

/**
 * `ci` makes node_modules anew as the lock file says; `add` adds what is missing. `node` runs npm: not a Node inside
 * node_modules on Windows, where a running program cannot be replaced.
 */
export async function install(root, how, node) {
  const inside = node.startsWith(join(root, 'node_modules'));
  const what = how === 'ci' && !(inside && process.platform === 'win32') ? ['ci'] : ['install', '--no-save'];
  const progress = showProgress(root, how);
  const { code, output } = await runNpm(root, node, [...what, ...quiet()]).finally(() => progress.stop());
  if (code === 0) {
    progress.done();
    return;
  }
  throw new InstallFailed(/^npm (?:error|ERR!) code (\S+)/m.exec(output)?.[1] ?? `exit ${code}`, output, writeLog(root, output));
}

/** Whatever the person's own npm settings are: development and optional packages, no report on the side, half a minute of tries. */
function quiet() {
  const tries = ['--fetch-retries=3', '--fetch-retry-mintimeout=3000', '--fetch-retry-maxtimeout=15000'];
  return ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--engine-strict=false', '--loglevel=http', '--no-progress', ...tries];
}

function runNpm(root, node, args) {
  const npm = process.env.npm_execpath;
  // Without npm around us (`node scripts/setup.mjs`) the shell finds npm: npm.cmd on Windows cannot be started otherwise.
  const child =
    npm && npm.endsWith('.js')
      ? spawn(node, [npm, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn(`npm ${args.join(' ')}`, { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const interrupt = () => child.kill('SIGINT');
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupt);
  return new Promise((resolve) => {
    let output = '';
    let warned = false;
    const take = (chunk) => {
      output = (output + chunk).slice(-outputBytesMax);
      const failure = warned ? undefined : /attempt \d+ failed with (\S+)/.exec(output)?.[1];
      if (failure) {
        warned = true;
        say(`The package registry does not answer (${failure}); npm tries a few times more.`);
      }
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => resolve({ code: 1, output: `${output}\nnpm error code ${error.code}\n${error.message}` }));
    child.on('close', (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}\nnpm error code ${signal}` : output }));
  }).finally(() => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, interrupt);
  });
}

/** A line that rewrites itself on a terminal, plain lines elsewhere. */
function showProgress(root, how) {
  const started = Date.now();
  const places = packagesForHere(root).map(([place]) => join(root, place, 'package.json'));
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const report = () => {
    const there = places.filter((place) => existsSync(place)).length;
    const line = `Installing packages: ${there} of ${places.length}, ${seconds()} s`;
    process.stderr.write(process.stderr.isTTY ? `\r${line} ` : `${line}\n`);
  };
  if (how === 'ci') say(`First, the packages that Lineshaft is made of (${places.length}, with its own Node 24). This takes a minute or less, once.`);
  else say('npm left out packages that want a newer Node than its own; they are added now.');
  const timer = setInterval(report, process.stderr.isTTY ? terminalEveryMs : plainEveryMs);
  return {
    stop() {
      clearInterval(timer);
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    },
    done: () => say(`Installed ${places.length} packages in ${seconds()} s.`),
  };
}

/** npm's whole output, beside the project or, where that cannot be written, in the temporary folder. */
function writeLog(root, output) {
  for (const folder of [root, tmpdir()]) {
    const file = join(folder, 'npm-install.log');
    try {
      writeFileSync(file, output);
      return file;
    } catch {
      // No room or no permission here: the next folder, or advice without a log.
    }
  }
  return undefined;
}

function say(line) {
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}${line}\n`);
}
