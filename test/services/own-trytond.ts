// A Tryton server of the test's own, to be killed and started again, on databases copied from the prepared one.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../../src/counterparts/verdict/testimony.ts';
import { freePort } from '../../src/run/demo/port.ts';
import { until } from '../until.ts';
import { query } from './own-postgres.ts';

const program = '/usr/bin/trytond';
const startMs = 60_000;

export interface OwnTrytond extends AsyncDisposable {
  /** Without a database. */
  readonly url: string;
  /** A database of its own for one play; gives its name. The one before is dropped. */
  database(): Promise<string>;
  /** Address of a database for whoever reads or writes its tables. */
  tables(database: string): string;
  start(): Promise<void>;
  /** SIGKILL, whatever is under way. */
  kill(): Promise<void>;
}

/** Why there is none here. */
export function trytondMissing(address: string | undefined, postgres: string | undefined): string | undefined {
  if (!existsSync(program)) return 'Tryton is not on this machine';
  if (address === undefined) return 'LINESHAFT_TRYTON names no Tryton: start one with "scripts/services.sh start tryton", and give the address that it prints';
  return postgres === undefined ? 'LINESHAFT_POSTGRES does not name the server that it keeps its data in: "scripts/services.sh start postgres" prints it' : undefined;
}

/** `postgres` is the server that scripts/services.sh prepared Tryton's database in. */
export async function ownTrytond(postgres: string): Promise<OwnTrytond> {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-trytond-'));
  const port = await freePort();
  const conf = join(folder, 'trytond.conf');
  const tables = (database: string): string => postgres.replace(/\/[^/]*$/, `/${database}`);
  await writeFile(conf, `[web]\nlisten = 127.0.0.1:${port}\n[database]\nuri = ${tables('').replace(/^postgres:/, 'postgresql:')}\nlanguage = en\n[session]\nmax_attempt = 100\n`, {
    mode: 0o600,
  });
  let served: string | undefined;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = spawn(program, ['-c', conf], { stdio: 'ignore', env: { ...process.env, TZ: 'UTC', PYTHONWARNINGS: 'ignore' } });
    child = started;
    await until('trytond listens', async () => started.exitCode === null && (await answers(port)), startMs);
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async function drop(): Promise<void> {
    if (served !== undefined) await query(postgres, `DROP DATABASE IF EXISTS ${served} WITH (FORCE)`);
    served = undefined;
  }

  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    tables,
    start,
    kill,
    async database() {
      await drop();
      const name = `tryton_t${randomBytes(5).toString('hex')}`;
      await query(postgres, `CREATE DATABASE ${name} TEMPLATE tryton_prepared`);
      served = name;
      return name;
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What somebody does who signs in to a database, beside the hub. */
export type TrytonUser = (method: string, ...params: readonly unknown[]) => Promise<unknown>;

/** Signs in; each call then gives Tryton's result, or raises its words. */
export async function trytonUser(url: string, database: string, name: string, password: string): Promise<TrytonUser> {
  const ask = async (method: string, params: readonly unknown[], header?: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', ...(header !== undefined && { authorization: header }) };
    const answer = await fetch(`${url}/${database}/`, { method: 'POST', headers, body: JSON.stringify({ id: 1, method, params }) });
    const body: unknown = await answer.json();
    if (at(body, 'error') !== undefined) throw new Error(JSON.stringify(at(body, 'error')));
    return at(body, 'result');
  };
  const signedIn = await ask('common.db.login', [name, { password }]);
  const parts: readonly unknown[] = Array.isArray(signedIn) ? signedIn : [];
  const header = `Session ${Buffer.from([name, ...parts].join(':')).toString('base64')}`;
  const context = await ask('model.res.user.get_preferences', [true, {}], header);
  return (method, ...params) => ask(method, [...params, context], header);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
