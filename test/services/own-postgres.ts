// A PostgreSQL of the test's own, to be killed, restarted and set wrong, on a folder of its own.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../src/run/demo/port.ts';
import { until } from '../until.ts';

export interface OwnPostgres extends AsyncDisposable {
  readonly url: string;
  /** `settings` such as `fsync=off`. */
  start(settings?: readonly string[]): Promise<void>;
  /** `immediate` is a crash: nothing is written down, the next start recovers. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL to one process that serves a hub: the server takes all of them down and recovers. False where none serves one. */
  killBackend(): Promise<boolean>;
  /** SIGKILL to the server's first process, then a start. */
  killServer(): Promise<void>;
}

const run = promisify(execFile);
const debian = '/usr/lib/postgresql';

/** Where PostgreSQL 15 or newer is on this machine. */
export function postgresBin(): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).filter((version) => Number(version) >= 15) : [];
  return versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')));
}

/** Who a server runs as where this process is root, which it refuses. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((each) => each.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
}

export async function ownPostgres(): Promise<OwnPostgres> {
  const bin = postgresBin();
  if (bin === undefined) throw new Error('PostgreSQL 15 or newer is not on this machine');
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-postgres-'));
  const as = await serverUser();
  const data = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  await writeFile(join(folder, 'password'), `${password}\n`);
  if (as) for (const path of [folder, join(folder, 'password')]) await chown(path, as.uid, as.gid);
  const command = (program: string, args: readonly string[]) => run(join(bin, program), args, { ...as, cwd: folder });
  await command('initdb', ['-D', data, '-U', 'lineshaft', '--auth=scram-sha-256', `--pwfile=${join(folder, 'password')}`, '-E', 'UTF8', '--locale=C', '--no-instructions']);
  const port = await freePort();
  const url = `postgres://lineshaft:${password}@127.0.0.1:${port}/postgres`;
  const base = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=50'];
  let settings: readonly string[] = [];

  const start = async (given: readonly string[] = []): Promise<void> => {
    settings = given;
    const options = [`-p ${port}`, ...[...base, ...settings].map((setting) => `-c ${setting}`)].join(' ');
    // Its output must not hold our pipes open.
    await command('pg_ctl', ['start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', options]);
  };
  const stop = async (mode: 'fast' | 'immediate'): Promise<void> => void (await command('pg_ctl', ['stop', '-w', '-D', data, '-m', mode]));

  await start();
  return {
    url,
    start,
    stop,
    restart: async (mode) => void (await command('pg_ctl', ['restart', '-w', '-D', data, '-m', mode, '-l', join(folder, 'log')])),
    async killBackend() {
      const [victim] = await query(url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'lineshaft' ORDER BY backend_start LIMIT 1");
      if (typeof victim?.['pid'] !== 'number') return false;
      process.kill(victim['pid'], 'SIGKILL');
      return true;
    },
    async killServer() {
      const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      // Its children end by themselves; until then the folder is taken.
      await until('a start after the kill', () =>
        start(settings).then(
          () => true,
          () => false,
        ),
      );
    },
    async [Symbol.asyncDispose]() {
      await stop('immediate').catch(() => undefined); // it may be down already
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One statement on a connection of its own. */
export async function query(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // the server may be killed meanwhile
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows;
  } finally {
    await client.end();
  }
}
