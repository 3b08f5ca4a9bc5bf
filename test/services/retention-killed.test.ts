// kill -9 in the midst of dropping what is over, with the log on PostgreSQL.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, onTestFinished, test } from 'vitest';
import { droppedUnderFire } from '../crate-plant.ts';
import { query } from './own-postgres.ts';

const url = process.env['LINESHAFT_POSTGRES'];

describe.skipIf(url === undefined || process.platform === 'win32')('a log on PostgreSQL (skipped without LINESHAFT_POSTGRES)', () => {
  test('a hub that is killed while it drops what is over loses nothing that is open, and goes on dropping', { timeout: 240_000 }, async () => {
    const address = url ?? '';
    const schema = `t${randomBytes(6).toString('hex')}`;
    onTestFinished(async () => void (await query(address, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)));
    await droppedUnderFire({
      env: { STORE_URL: address, STORE_SCHEMA: schema },
      more: ['--env', join('landscape', 'environments', 'postgres.yaml')],
      async age(_folder, statements) {
        for (const each of statements) await query(address, each.replace(/UPDATE /, `UPDATE ${schema}.`));
      },
    });
  });
});
