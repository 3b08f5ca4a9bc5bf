// A log on PostgreSQL is backed up with its own tools; a hub on the restored one is told so.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { booksStage } from '../books-hub.ts';
import { until } from '../until.ts';
import { ownPostgres, postgresBin, query } from './own-postgres.ts';

const bin = postgresBin();

test.skipIf(bin === undefined)('lineshaft backup names pg_dump, and a hub on what pg_restore made of one doubles nothing', { timeout: 240_000 }, async () => {
  await using server = await ownPostgres();
  await using stage = await booksStage();
  const hub = await stage.hub('before', ['--store', server.url]);
  const orders = ['PO-1', 'PO-2', 'PO-3'];
  for (const order of orders) await hub.send('begun', order);
  await until('the orders are booked', () => stage.books.of('erp').length === 3);

  const refused = await stage.lineshaft('backup', '--to', 'one.backup', '--data', 'before');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toMatch(/lies on a PostgreSQL server.*\n→ .*pg_dump/);

  const tool = promisify(execFile);
  const file = join(stage.folder, 'lineshaft.dump');
  await tool(join(bin ?? '', 'pg_dump'), ['--format=custom', `--file=${file}`, server.url]);
  for (const order of orders) await hub.send('ready', order);
  await until('the labels are printed', () => stage.books.of('printer').length === 3);
  await hub.kill();

  await query(server.url, 'CREATE DATABASE restored');
  const restored = server.url.replace(/postgres$/, 'restored');
  await tool(join(bin ?? '', 'pg_restore'), ['--exit-on-error', `--dbname=${restored}`, file]);
  // The lease of the hub before is in the dump: as a supervisor does, until it has run out.
  const after = await until('the hub on the restored log is up', () => stage.hub('after', ['--store', restored, '--restored']).catch(() => undefined), 120_000);
  for (const type of ['begun', 'ready'] as const) for (const order of orders) await after.send(type, order);
  await until('the labels are parked', async () => (await after.get('/api/exceptions')).length === 3);
  expect(['erp', 'cmms', 'printer'].map((system) => stage.books.of(system).length)).toEqual([3, 3, 3]);
});
