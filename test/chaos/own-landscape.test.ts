// `lineshaft chaos` for a landscape of one's own: the test systems, what happens to them, and the verdict are the user's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyLandscape, runningCommand } from '../running-command.ts';

const provoke = `
const { LINESHAFT_HUB, LINESHAFT_KEY, LINESHAFT_RUN } = process.env;
const event = { specversion: '1.0', id: LINESHAFT_RUN, source: '/packing', type: 'label.wanted.v1', data: { pallet: LINESHAFT_RUN } };
for (;;) {
  const headers = { authorization: 'Bearer ' + LINESHAFT_KEY, 'content-type': 'application/cloudevents+json' };
  const answer = await fetch(LINESHAFT_HUB + '/api/events', { method: 'POST', headers, body: JSON.stringify(event) }).catch(() => undefined);
  if (answer?.ok) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}`;
const verdict = `
const books = await (await fetch(process.env.BOOKS)).json();
const counts = Object.values(books).map((labels) => labels.filter((pallet) => pallet === process.env.LINESHAFT_RUN).length);
const lost = counts.filter((count) => count === 0).length;
const duplicated = counts.filter((count) => count > 1).length;
console.log(JSON.stringify({ lost, duplicated }));
// It is asked again at once, as long as it says no: each time two processes.
if (lost + duplicated > 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
process.exit(lost + duplicated === 0 ? 0 : 1);`;

/** Two printers with a book each: one says that it knows idempotency keys, and does if it is `honest`; the other prints whatever comes. */
async function printers(honest: boolean): Promise<string> {
  const books = { keyed: [] as string[], plain: [] as string[] };
  const keys = new Set<string>();
  const server = createServer((request, response) => {
    const [, system, pallet] = request.url?.split('/') ?? [];
    const book = system === 'keyed' ? books.keyed : books.plain;
    if (pallet === undefined) return void response.end(JSON.stringify(books));
    const key = String(request.headers['idempotency-key']);
    const isKnown = system === 'keyed' && honest && keys.has(key);
    keys.add(key);
    if (request.method === 'POST' && !isKnown) book.push(pallet);
    request.resume().once('end', () => response.writeHead(book.includes(pallet) ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ label: pallet })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

/** In the first play, which nobody disturbs, also an event that nobody has declared. */
const provokeOnce = `
if (process.env.LINESHAFT_RUN.startsWith('calm')) {
  const headers = { authorization: 'Bearer ' + process.env.LINESHAFT_KEY, 'content-type': 'application/cloudevents+json' };
  const body = JSON.stringify({ specversion: '1.0', id: 'unknown', source: '/packing', type: 'label.unknown.v1', data: {} });
  await fetch(process.env.LINESHAFT_HUB + '/api/events', { method: 'POST', headers, body });
}`;

/** The command on a copy of their landscape. */
async function chaosOnLabels(honest: boolean, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-own-chaos-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const url = await printers(honest);
  copyLandscape(join(import.meta.dirname, '..', 'scenarios', 'label-landscape'), folder);
  writeFileSync(join(folder, 'provoke.mjs'), `${provokeOnce}${provoke}`);
  writeFileSync(join(folder, 'verdict.mjs'), verdict);
  writeFileSync(join(folder, 'systems.json'), JSON.stringify({ systems: { keyed: { url: `${url}/keyed` }, plain: { url: `${url}/plain` } } }));
  const node = JSON.stringify(process.execPath);
  const commands = ['--provoke', `${node} provoke.mjs`, '--verdict', `${node} verdict.mjs`];
  const command = runningCommand(['chaos', '--json', '--landscape', 'landscape', '--env', 'systems.json', '--data', 'state', ...commands, ...words], {
    cwd: folder,
    env: { ...process.env, BOOKS: url },
  });
  // Also where a test has no more patience.
  onTestFinished(async () => command[Symbol.asyncDispose]());
  return command.ended;
}

test('a landscape of one’s own is judged by the command of its user, killed at the points that the user’s events reach', { timeout: 240_000 }, async () => {
  const { code, stdout, stderr } = await chaosOnLabels(true, '--fault', 'kill-hub/after-answer');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: [{ fault: 'kill-hub', mode: 'after-answer', runs: 2, lost: 0, duplicated: 0, outOfOrder: 0, unowned: 0 }],
  });
});

test('a binding that says more than its system keeps is found', { timeout: 240_000 }, async () => {
  const { code, stdout, stderr } = await chaosOnLabels(false, '--fault', 'kill-hub/after-answer/after-answer:keyed-label.print#1');
  expect(code, stderr).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ rows: [{ fault: 'kill-hub', mode: 'after-answer', runs: 1, duplicated: 1 }] });
});

test('where the process that was to die never came to its point, nobody starts it again when all of them are ended, and the command ends', { timeout: 240_000 }, async () => {
  const { code, stdout, stderr } = await chaosOnLabels(true, '--within', '5s', '--fault', 'kill-hub/before-commit/before-commit:exception.open.event-unknown');
  expect(code, stderr).toBe(1);
  expect(stderr).toContain('its point was not reached in this run');
  expect(JSON.parse(stdout)).toMatchObject({ rows: [{ fault: 'kill-hub', mode: 'before-commit', runs: 1, lost: 1 }] });
});

test('without a way to provoke and to judge nothing is played', { timeout: 240_000 }, async () => {
  const { code, stderr } = await runningCommand(['chaos', '--landscape', '.'], { cwd: join(import.meta.dirname, '..', 'scenarios', 'label-landscape') }).ended;
  expect([code, stderr]).toEqual([2, expect.stringContaining('--landscape needs --provoke and --verdict')]);
});
