import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyHash } from '../engine/policy/key-ring.ts';
import { openKeyFile } from './key-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-keys-'));
  file = join(folder, 'keys.json');
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

test('the first start makes an admin and an edge key that only the owner can read; the next start keeps them', async () => {
  const ring = await openKeyFile(file);
  const text = await readFile(file, 'utf8');
  const { admin, edge } = JSON.parse(text);
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(ring.holder(admin)?.role).toBe('admin');
  expect(ring.holder(edge)?.role).toBe('edge');
  expect((await openKeyFile(file)).holder(admin)?.name).toBe('admin');
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('further keys are kept by their hash, and may belong to a system', async () => {
  const keys = { admin: 'a'.repeat(43), edge: 'e'.repeat(43), others: [{ name: 'mes-1', role: 'system', system: 'mes', hash: keyHash('m'.repeat(43)) }] };
  await writeFile(file, JSON.stringify(keys));
  expect((await openKeyFile(file)).holder('m'.repeat(43))).toEqual({ name: 'mes-1', role: 'system', system: 'mes' });
});

test.each([
  ['no JSON', 'admin=verysecretkey'],
  ['a short key', JSON.stringify({ admin: 'short', edge: 'e'.repeat(43) })],
  ['an unknown role', JSON.stringify({ admin: 'a'.repeat(43), edge: 'e'.repeat(43), others: [{ name: 'x', role: 'root', hash: '0'.repeat(64) }] })],
  ['one key for two', JSON.stringify({ admin: 'a'.repeat(43), edge: 'a'.repeat(43) })],
])('a key file with %s is refused, and its keys are not told', async (_name, text) => {
  await writeFile(file, text);
  const refusal = await openKeyFile(file).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'ENVIRONMENT_INVALID' });
  for (let cause: unknown = refusal; cause instanceof Error; cause = cause.cause) expect(cause.message).not.toMatch(/verysecret|aaaa/);
});
