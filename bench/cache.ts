// The folder that peers are installed into: outside the repository and its dependencies, kept from one call to the next.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const npmMaxMs = 300_000;

function cacheFolder(): string {
  return process.env['LINESHAFT_BENCH_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? tmpdir(), 'lineshaft-bench');
}

/** Where runs keep their state: beside the peers, so that all sides write to the same disk. */
export async function stateFolder(): Promise<string> {
  const folder = join(cacheFolder(), 'state');
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Installs exact versions with npm where they are not there yet. Raises with npm's words where it cannot. */
export async function installPeer(name: string, packages: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(cacheFolder(), name);
  const marker = join(folder, 'installed.json');
  const wanted = JSON.stringify(packages);
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
  const { command, args, shell } = npmCommand('install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error');
  try {
    await promisify(execFile)(command, args, { cwd: folder, timeout: npmMaxMs, shell });
  } catch (cause) {
    throw new Error(
      `npm could not install ${Object.entries(packages)
        .map(([each, version]) => `${each}@${version}`)
        .join(', ')}`,
      { cause },
    );
  }
  await writeFile(marker, wanted);
}

/** npm as the file that started us, where it did: no shell is needed then, on any platform. */
export function npmCommand(...args: readonly string[]): { readonly command: string; readonly args: string[]; readonly shell: boolean } {
  const file = process.env['npm_execpath'];
  if (file?.endsWith('.js')) return { command: process.execPath, args: [file, ...args], shell: false };
  return { command: 'npm', args: [...args], shell: process.platform === 'win32' };
}

/** The `require` of an installed peer. */
export function peerRequire(name: string): NodeJS.Require {
  return createRequire(join(cacheFolder(), name, 'package.json'));
}

/** The folder of a package of an installed peer. */
export function peerPackage(name: string, packageName: string): string {
  return join(cacheFolder(), name, 'node_modules', packageName);
}
