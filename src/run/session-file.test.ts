import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyHash } from '../engine/policy/key-ring.ts';
import { sessionFile } from './session-file.ts';

let folder: string;
let file: string;
let logged: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-sessions-'));
  file = join(folder, 'sessions.json');
  logged = [];
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const open = () => sessionFile(file, (message) => void logged.push(message));
const session = (name: string) => ({ hash: keyHash(name), principal: { name, role: 'operator' as const, system: undefined }, expiresMs: 1_800_000_000_000 });

test('what was kept is there for the next process, readable by its owner only, and nothing half written lies about', async () => {
  expect(await open().kept()).toEqual([]);
  const shelf = open();
  await Promise.all([shelf.keep([session('anna')]), shelf.keep([session('anna'), session('ben')]), shelf.keep([session('ben')])]);
  expect(await open().kept()).toEqual([session('ben')]);
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['sessions.json']);
  expect(logged).toEqual([]);
});

test.each([
  ['no JSON', '{"sessions":['],
  ['an unknown role', JSON.stringify({ sessions: [{ hash: keyHash('x'), name: 'x', role: 'root', expiresMs: 1 }] })],
  ['a session instead of its hash', JSON.stringify({ sessions: [{ hash: 'secret', name: 'x', role: 'admin', expiresMs: 1 }] })],
])('a file with %s signs nobody in, says so, and is replaced by the next sign-in', async (_name, text) => {
  await writeFile(file, text);
  expect(await open().kept()).toEqual([]);
  expect(logged).toEqual(['the session file cannot be used: everybody signs in again']);
  await open().keep([session('anna')]);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ sessions: [{ name: 'anna' }] });
});

test('a folder that takes no file is a Fault that names it', async () => {
  await rm(folder, { recursive: true });
  await expect(open().keep([session('anna')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(file) });
});
