// A hub whose secrets are sealed, as a user sets it up: nothing that anybody can read holds one of them.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { purchasingServer } from '../purchasing-server.ts';
import { copyLandscape, runningCommand } from '../running-command.ts';
import { runningHub } from '../running-hub.ts';
import { until } from '../until.ts';

const webhookSecret = 'a-webhook-secret-that-is-sealed';

test('a hub works with sealed secrets, and no output, answer or file of it holds one', { timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-sealed-scene-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  copyLandscape(join(import.meta.dirname, 'hang-landscape'), folder);
  const environment = join(folder, 'landscape', 'environments', 'test.yaml');
  const given = readFileSync(environment, 'utf8').replace('${secret:PURCHASING_TOKEN}', '${sealed:PURCHASING_TOKEN}').replace('${env:WEBHOOK_SECRET}', '${sealed:webhook}');
  writeFileSync(environment, given);
  await using purchasing = await purchasingServer();
  const { PURCHASING_TOKEN: _token, ...bare } = process.env;
  const env = { ...bare, PURCHASING_URL: purchasing.url };
  const printed: string[] = [];

  async function command(...args: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string }> {
    const ended = await runningCommand(args, { cwd: folder, env }).ended;
    printed.push(ended.stdout, ended.stderr);
    return ended;
  }

  async function set(name: string, value: string): Promise<void> {
    const child = spawn(process.execPath, [join(repository, 'bin', 'lineshaft.mjs'), 'secret', 'set', name, '--data', 'state'], { cwd: folder, env });
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end(`${value}\n`);
    printed.push(...(await Promise.all([text(child.stdout), text(child.stderr)])));
    expect(await ended).toBe(0);
  }

  await set('PURCHASING_TOKEN', purchasing.token);
  await set('webhook', webhookSecret);
  expect((await command('secret', 'list', '--data', 'state')).stdout).toMatch(/Z {2}PURCHASING_TOKEN\n.*Z {2}webhook\n$/);

  await using hub = await runningHub({ folder, env });
  const event = { specversion: '1.0', id: 'w-1', source: '/stores', type: 'item.wanted.v1', data: { item: 'bolt', how: 'well' } };
  expect((await hub.ask('/api/events', event)).status).toBe(200);
  await until('the item is ordered with the sealed token', () => purchasing.ledger.some(({ body }) => body['item'] === 'bolt'));
  const raw = JSON.stringify('a word');
  const seconds = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', webhookSecret).update(`${seconds}.${raw}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-signature': `t=${seconds},v1=${signature}` };
  expect((await fetch(`${hub.url}/api/webhooks/purchasing-told`, { method: 'POST', headers, body: raw })).status).toBe(200);

  const audit = await command('audit', '--data', 'state');
  expect(audit.stdout).toMatch(/secret\.set {2}secrets .*\n.*"name":"webhook"/);
  await command('prove', 'bolt', '--data', 'state');
  await command('check', '--landscape', 'landscape');
  await command('graph', '--landscape', 'landscape', '--json');
  const answers = await answersOf(hub.ask);
  printed.push(...answers, hub.command.printed());
  await hub.kill();

  const values = [purchasing.token, webhookSecret];
  const forms = values.flatMap((value) => [value, ...(['base64', 'base64url', 'hex'] as const).map((encoding) => Buffer.from(value).toString(encoding).replace(/=+$/, ''))]);
  const holding = [...printed, ...filesIn(folder)].filter((content) => forms.some((form) => content.includes(form)));
  expect(holding).toEqual([]);
  // What was looked through is what there is.
  expect(answers.length).toBeGreaterThan(20);
  expect(existsSync(join(folder, 'state', 'sealed-secrets.json'))).toBe(true);
});

/** What every path that takes no name answers to the admin. */
async function answersOf(ask: (path: string) => Promise<Response>): Promise<readonly string[]> {
  // Its own description, as a client reads it.
  const { paths } = (await (await ask('/openapi.json')).json()) as { readonly paths: Readonly<Record<string, object>> };
  const plain = Object.entries(paths).flatMap(([path, methods]) => ('get' in methods && !path.includes('{') && !path.includes('stream') ? [path] : []));
  return Promise.all(plain.map(async (path) => (await ask(path)).text()));
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && !entry.parentPath.includes('node_modules') ? [readFileSync(join(entry.parentPath, entry.name), 'latin1')] : [],
  );
}
