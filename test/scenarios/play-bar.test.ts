// What a visitor does to the demo's world: whatever they break, the systems' own books end as they must. Real processes, real sockets.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DemoState } from '../../src/api/demo-state.ts';
import { descendantsOf, isAlive, tellsFamily } from '../running-command.ts';
import { until } from '../until.ts';
import { startVisit, type Visitor } from './visitor.ts';

let folder: string;
let visitor: Visitor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-play-'));
  visitor = await startVisit(folder);
}, 240_000);
afterAll(async () => {
  visitor.demo.child.kill('SIGKILL');
  await visitor.demo.end;
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const revisions = () => visitor.written('erp', 'production-order.revised');
const moves = () => visitor.written('tms', 'appointment');
const plans = async () => Number((await visitor.row('erp.plans'))?.found);

/** Longer than the kill tempo's window, the time it takes to count as well, and the slack of the verdict. */
const wellMs = 1_300;

/** Slows a packer that has been well for so long that nobody takes it for the slow-down before. */
async function slowAnew(): Promise<void> {
  await until('the packer counts as well', () => visitor.isWellFor(wellMs), 120_000);
  await visitor.act('slow-packer');
}

/** Resolves when a ledger has so many more entries than it had. */
async function more(what: string, count: () => Promise<number>, before: number, by: number): Promise<void> {
  await until(`${by} more ${what}`, async () => (await count()) >= before + by, 120_000);
}

test('the scene leaves a world that is the visitor’s, with every row green', { timeout: 240_000 }, async () => {
  const { scene, switches, verdict } = await visitor.green();
  expect([scene.phase, switches]).toEqual(['free', { packer: 'slow', transport: 'up', link: 'whole', hub: 'up', edge: 'up' }]);
  expect(verdict.rows.length).toBeGreaterThan(30);
  expect([await plans(), await visitor.written('mailbox', 'mail')]).toEqual([1, 1]);
});

test('what cannot be done is refused in a plain sentence, and changes nothing', async () => {
  const acted = async (body: object) => {
    const answer = await visitor.ask('/demo/acts', { body });
    return [answer.status, ((await answer.json()) as { readonly detail: string }).detail];
  };
  expect(await acted({ act: 'slow-packer' })).toEqual([409, 'The packer is slow already.']);
  expect(await acted({ act: 'mend-link' })).toEqual([409, 'Edge and hub reach each other already.']);
  expect(await acted({ act: 'kill-visitor' })).toEqual([400, expect.stringContaining('it can be slow-packer, recover-packer, transport-down')]);
  expect(await acted({})).toEqual([400, expect.stringContaining('"act" is missing')]);
});

test.each([
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }],
  ['another origin', { 'sec-fetch-site': undefined, origin: 'http://evil.example' }],
  ['a name of elsewhere that leads here', { host: 'evil.example:80', 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' }],
  ['who knows where', { 'sec-fetch-site': undefined }],
])('a press from %s is refused', async (_name, given) => {
  const { port } = new URL(visitor.url);
  const headers = Object.fromEntries(Object.entries({ 'content-type': 'application/json', ...given }).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const asked = httpRequest({ host: '127.0.0.1', port, path: '/demo/acts', method: 'POST', headers });
  asked.end(JSON.stringify({ act: 'kill-hub' }));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(403);
  expect((await visitor.state()).switches.hub).toBe('up');
});

test('a packer that recovers has everything set back', { timeout: 240_000 }, async () => {
  await visitor.act('recover-packer');
  await visitor.green();
  const before = await revisions();
  await slowAnew();
  await more('revisions', revisions, before, 2);
  await visitor.act('recover-packer');
  await visitor.green();
  expect([await revisions(), (await visitor.row('erp.restored'))?.expected]).toEqual([before + 3, expect.stringMatching(/2: once/)]);
});

test('a transport service that is down gets its moves when it is back', { timeout: 240_000 }, async () => {
  const [before, moved, planned] = [await revisions(), await moves(), await plans()];
  await visitor.act('transport-down');
  await slowAnew();
  await more('revisions', revisions, before, 2);
  expect([await moves(), (await visitor.state()).verdict.settled]).toEqual([moved, false]);
  await visitor.act('transport-up');
  await visitor.green();
  expect(await moves()).toBeGreaterThan(moved);
  await visitor.act('recover-packer');
  await visitor.green();
  expect(await plans()).toBe(planned + 1);
});

test('a hub that is killed in the middle goes on where it was, and nobody has to sign in again', { timeout: 240_000 }, async () => {
  const [before, planned] = [await revisions(), await plans()];
  await slowAnew();
  await more('revisions', revisions, before, 1);
  const { switches } = await visitor.act('kill-hub');
  expect(switches.hub).toBe('down');
  const away = await visitor.ask('/api/me');
  expect([away.status, away.headers.get('content-type'), away.headers.get('retry-after')]).toEqual([503, 'application/problem+json', '1']);
  expect(await (await visitor.ask('/', { headers: { accept: 'text/html' } })).text()).toContain('The hub is being started again');
  expect((await visitor.ask('/demo/acts', { body: { act: 'kill-hub' } })).status).toBe(409);
  await visitor.green();
  const { log } = await visitor.state();
  expect(log.map(({ text }) => text)).toEqual(expect.arrayContaining(['The hub was killed (SIGKILL).', expect.stringMatching(/^The hub is up again after \d+\.\d s\.$/)]));
  expect(await (await visitor.ask('/api/me')).json()).toMatchObject({ name: 'admin' });
  expect(await plans()).toBe(planned + 1);
  // Whoever asks by the command asks the front.
  expect(JSON.parse(await readFile(join(folder, 'hub', 'address.json'), 'utf8'))).toEqual({ url: visitor.url });
  await visitor.act('recover-packer');
  await visitor.green();
});

test('an edge that is killed while the packer is slow loses no slow-down', { timeout: 240_000 }, async () => {
  const planned = await plans();
  await slowAnew();
  await visitor.act('kill-edge');
  await until('the plan is made', async () => (await plans()) > planned, 120_000);
  await visitor.act('recover-packer');
  await visitor.green();
  expect(await plans()).toBe(planned + 1);
});

test('what happens behind a cut link is made up for when it is mended', { timeout: 240_000 }, async () => {
  const planned = await plans();
  /** How many plans there must be at least. */
  const wanted = async () => Number.parseInt((await visitor.row('erp.plans'))?.expected ?? '', 10);
  const before = await wanted();
  await visitor.act('cut-link');
  for (const slowDown of [1, 2]) {
    await slowAnew();
    await until('a plan is missing', async () => (await wanted()) === before + slowDown, 120_000);
    await visitor.act('recover-packer');
  }
  expect([await plans(), (await visitor.row('erp.plans'))?.ok]).toEqual([planned, null]);
  await visitor.act('mend-link');
  await visitor.green();
  expect(await plans()).toBe(planned + 2);
});

test('everything at once', { timeout: 240_000 }, async () => {
  const planned = await plans();
  await visitor.act('transport-down');
  await slowAnew();
  for (const act of ['cut-link', 'kill-edge', 'kill-hub'] as const) await visitor.act(act);
  await until('hub and edge are back', async () => {
    const { hub, edge } = (await visitor.state()).switches;
    return hub === 'up' && edge === 'up';
  });
  await visitor.act('mend-link');
  await until('the plan is made', async () => (await plans()) > planned, 120_000);
  await visitor.act('kill-hub');
  await visitor.act('recover-packer');
  await visitor.act('transport-up');
  const { switches } = await visitor.green();
  expect(switches).toEqual({ packer: 'well', transport: 'up', link: 'whole', hub: 'up', edge: 'up' });
});

test('the stream tells each change, with the whole state', { timeout: 240_000 }, async () => {
  const leaving = new AbortController();
  const answer = await fetch(`${visitor.url}/demo/stream`, { signal: leaving.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const seen = (): readonly DemoState[] => [...text.matchAll(/^event: state\ndata: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));
  const read = async (wanted: (state: DemoState) => boolean): Promise<void> => {
    while (!seen().some(wanted)) text += (await reader?.read())?.value ?? '';
  };
  await read(({ switches }) => switches.link === 'whole');
  expect(seen()).toHaveLength(1);
  await visitor.act('cut-link');
  await read(({ switches }) => switches.link === 'cut');
  await visitor.act('mend-link');
  await read(({ log }) => log.at(-1)?.text === 'Edge and hub reach each other again.');
  leaving.abort();
});

test.skipIf(!tellsFamily)('Ctrl-C leaves no process', { timeout: 240_000 }, async () => {
  await visitor.green();
  const pids = descendantsOf(visitor.demo.child.pid ?? 0).map(({ pid }) => pid);
  expect(pids.length).toBeGreaterThanOrEqual(10);
  visitor.demo.child.kill('SIGINT');
  expect(await visitor.demo.end).toMatchObject({ code: 0, err: '' });
  await until('every process is gone', () => !pids.some(isAlive));
});
