import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageBinary, repository } from '../../scripts/package-binary.ts';
import { purchasingServer } from '../purchasing-server.ts';
import { descendantsOf, hubOf, isAlive, runningCommand, tellsFamily } from '../running-command.ts';
import { until } from '../until.ts';

// What a user gets: the packed tarball, installed in an empty folder by npm under whatever Node npm runs on, far from this repository.

const installMsMax = 170_000;
const unreachable = /code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)/;

/** A path with a space in it, as users have them. */
const folder = mkdtempSync(join(tmpdir(), 'lineshaft package '));
const usersNode = process.env['npm_node_execpath'] ?? process.execPath;
/** Without this repository's commands. */
const path = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((entry) => !entry.includes(join(repository, 'node_modules')))
  .join(delimiter);
const env = Object.fromEntries(Object.entries({ ...process.env, PATH: path }).filter(([name]) => !/^(npm_(?!config_)|INIT_CWD|NODE_|VITEST|VITE_)/i.test(name)));

interface Outcome {
  readonly status: number | null;
  readonly printed: string;
}

function run(command: string, args: readonly string[], cwd = folder): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, [...args], { cwd, env, encoding: 'utf8' });
  return { status, printed: `${stdout}${stderr}${error?.message ?? ''}` };
}

function npm(args: readonly string[], cwd = folder): Outcome {
  const script = process.env['npm_execpath'];
  if (script?.endsWith('.js')) return run(usersNode, [script, ...args], cwd);
  const { status, stdout, stderr } = spawnSync(['npm', ...args.map((arg) => `"${arg}"`)].join(' '), { cwd, env, encoding: 'utf8', shell: true });
  return { status, printed: stdout + stderr };
}

let reason: string | undefined;

beforeAll(() => {
  const built = run(process.execPath, [join(repository, 'scripts', 'build.ts')], repository);
  if (built.status !== 0) throw new Error(`The build failed:\n${built.printed}`);
  const packed = npm(['pack', '--ignore-scripts', '--pack-destination', folder], repository);
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.printed}`);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'plant', private: true, type: 'module' }));
  const installed = npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=1', `./${tarball}`]);
  if (installed.status === 0) {
    cpSync(join(import.meta.dirname, 'landscape'), join(folder, 'landscape'), { recursive: true });
    cpSync(join(import.meta.dirname, 'landscape-play.ts'), join(folder, 'landscape-play.ts'));
  } else if (unreachable.test(installed.printed) && process.env['CI'] !== 'true') {
    reason = 'the package registry is out of reach, so the package cannot be installed anywhere';
  } else throw new Error(`npm install failed:\n${installed.printed}`);
}, installMsMax);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const binFile = join(folder, 'node_modules', 'lineshaft', 'bin', 'lineshaft.mjs');

/** The command as npm installs it, under the user's Node. */
function lineshaft(...args: readonly string[]): Outcome {
  return run(usersNode, [binFile, ...args]);
}

/** A script under the Node that comes along with the package, or the user's own where that is new enough. */
function script(file: string): Outcome {
  return run(process.execPath, [join(folder, file)]);
}

test('the tarball holds what is built and what is read, no sources and no tests', ({ skip }) => {
  skip(reason !== undefined, reason);
  const files = readdirSync(join(folder, 'node_modules', 'lineshaft'));
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'bin', 'dist', 'package.json']));
  expect(files.filter((name) => ['src', 'test', 'bench', 'scripts', 'node_modules'].includes(name))).toEqual([]);
  expect(readdirSync(join(folder, 'node_modules', 'lineshaft', 'dist'), { recursive: true }).filter((name) => String(name).includes('.test.'))).toEqual([]);
});

test('a landscape compiles against the types that come with the package', ({ skip }) => {
  skip(reason !== undefined, reason);
  const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, allowImportingTsExtensions: true, types: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['landscape'] }));
  expect(run(process.execPath, [packageBinary('typescript', 'tsc'), '-p', folder])).toEqual({ status: 0, printed: '' });
});

test('its flow runs against a fake with what lineshaft/testing exports', ({ skip }) => {
  skip(reason !== undefined, reason);
  const { status, printed } = script('landscape-play.ts');
  expect(printed).toContain('{"status":"done","inputs":[{"item":"FOIL-80","quantity":80}]}');
  expect(status).toBe(0);
});

test('the lineshaft command checks it, whatever Node the user has', ({ skip }) => {
  skip(reason !== undefined, reason);
  const { status, printed } = lineshaft('check', '--landscape', 'landscape');
  expect(printed).toContain('nothing to mend');
  expect(printed).not.toContain('Warning');
  expect(status).toBe(0);
});

test('npx finds the command', ({ skip }) => {
  skip(reason !== undefined, reason);
  const { status, printed } = npm(['exec', '--offline', '--', 'lineshaft', 'check', '--landscape', 'landscape', '--json']);
  expect(printed).toContain('"findings": []');
  expect(status).toBe(0);
});

test('npx plays the demo, whose landscape Node would not run under node_modules', { timeout: 240_000 }, ({ skip }) => {
  skip(reason !== undefined, reason);
  const { status, printed } = npm(['exec', '--', 'lineshaft', 'demo', '--once', '--play', 'within-tolerance']);
  expect(printed).toContain('1 of 1 plays ended as they must.');
  expect(status).toBe(0);
});

test('hub and edge run on what is built: what the edge saw and what was sent to the hub become orders', { timeout: 240_000 }, async ({ skip }) => {
  skip(reason !== undefined, reason);
  cpSync(join(import.meta.dirname, '..', 'scenarios', 'stock-landscape'), join(folder, 'stock'), { recursive: true });
  await using purchasing = await purchasingServer();
  await using command = runningCommand(['start', '--landscape', 'stock', '--env', join('stock', 'environments', 'test.yaml'), '--port', '0'], {
    cwd: folder,
    env: { ...env, PURCHASING_URL: purchasing.url, PURCHASING_TOKEN: purchasing.token },
    file: binFile,
    node: usersNode,
  });
  const hub = await hubOf(command);
  const processes = tellsFamily ? descendantsOf(command.pid) : [];
  if (tellsFamily) {
    const dist = join('node_modules', 'lineshaft', 'dist', 'cli.js');
    for (const name of ['hub', 'edge']) expect(processes.some(({ command: line }) => line.includes(`${dist} ${name} `))).toBe(true);
  }
  const { admin } = JSON.parse(readFileSync(join(folder, '.lineshaft', 'hub', 'keys.json'), 'utf8'));
  const event = { specversion: '1.0', id: '1', source: '/stores', type: 'stock.low.v1', data: { item: 'FOIL-80', missing: 40 } };
  const headers = { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${admin}` };
  expect((await fetch(`${hub}/api/events`, { method: 'POST', headers, body: JSON.stringify(event) })).status).toBe(200);
  await until('two orders', () => purchasing.ledger.length >= 2);
  expect(purchasing.ledger.map(({ body }) => `${body['quantity']} of ${body['item']}`).sort()).toEqual(['40 of FOIL-80', '940 of GLUE']);
  expect(lineshaft('trace', 'FOIL-80').printed).toContain('Purchasing: Order an item');
  process.kill(command.pid, 'SIGTERM');
  await command.ended;
  await until('every process is gone', () => !processes.some(({ pid }) => isAlive(pid)));
});
