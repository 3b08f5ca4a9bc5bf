// A run whose time is over: in a hub that was killed and was not there when it passed, and in one that is killed while it undoes it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { purchasingServer } from '../purchasing-server.ts';
import { copyLandscape, runningCommand } from '../running-command.ts';
import { runningHub, type RunningHub } from '../running-hub.ts';
import { until } from '../until.ts';

const hoursMs = (count: number): number => count * 3_600_000;

async function lateStage() {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-late-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  copyLandscape(join(import.meta.dirname, 'late-landscape'), folder);
  const purchasing = opened.use(await purchasingServer());
  const clockFile = join(folder, 'clock');
  const env = { ...process.env, PURCHASING_URL: purchasing.url, PURCHASING_TOKEN: purchasing.token, LINESHAFT_CLOCK_FILE: clockFile };
  const all = opened.move();
  return {
    ordered: () => purchasing.ledger.map(({ body }) => body['item']),
    setClock: (aheadMs: number) => writeFileSync(clockFile, String(aheadMs)),
    hub: async (more: Readonly<Record<string, string>> = {}) => all.use(await runningHub({ folder, env: { ...env, ...more } })),
    show: async (run: string) => (await runningCommand(['run', 'show', run, '--data', 'state'], { cwd: folder, env }).ended).stdout,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

// Looked into by the tests, which say what they expect.
// oxlint-disable-next-line typescript/no-explicit-any
const get = async (hub: RunningHub, path: string): Promise<any> => (await hub.ask(path)).json();

async function begun(hub: RunningHub, item: string) {
  await hub.ask('/api/events', { specversion: '1.0', id: item, source: '/stores', type: 'item.wanted.v1', data: { item } });
  return until('the run waits', async () => {
    const [run] = await get(hub, '/api/runs');
    return run && (await get(hub, `/api/runs/${run.id}`)).steps.length === 2 && run;
  });
}

async function undone(hub: RunningHub, run: string) {
  return until('the run is undone', async () => {
    const now = await get(hub, `/api/runs/${run}`);
    return now.status === 'compensated' && now;
  });
}

test('a run whose time passed while no hub was there is undone after its start, once, and its owner has one case', { timeout: 180_000 }, async () => {
  await using stage = await lateStage();
  const first = await stage.hub();
  const run = await begun(first, 'A-1');
  expect(Date.parse(run.deadline) - Date.parse(run.started)).toBe(hoursMs(6));
  expect(await get(first, '/api/flows/want')).toMatchObject({ withinMs: hoursMs(6), whenLate: 'compensate' });
  expect(await stage.show(run.id)).toContain(`has to be over by ${run.deadline}`);
  await first.kill();
  stage.setClock(hoursMs(7));

  const second = await stage.hub();
  expect(await undone(second, run.id)).toMatchObject({ reason: 'cancelled by lineshaft: it was not over within 6h', deeds: [{ by: 'lineshaft', action: 'cancel' }] });
  expect(stage.ordered()).toEqual(['A-1', 'A-1 back']);
  const cases = await get(second, '/api/exceptions');
  expect(cases).toMatchObject([{ type: 'run-late', keys: { item: 'A-1' }, run: run.id, summary: expect.stringContaining('was not over within 6h; what it did is undone') }]);
  await second.kill();

  const third = await stage.hub();
  stage.setClock(hoursMs(20));
  expect(await get(third, '/api/exceptions')).toEqual([expect.objectContaining({ id: cases[0].id, version: cases[0].version })]);
  expect(stage.ordered()).toEqual(['A-1', 'A-1 back']);
});

test.each(['before-commit', 'after-commit'])('a hub that is killed %s of the end of a late run undoes it once', { timeout: 180_000 }, async (at) => {
  await using stage = await lateStage();
  const dying = await stage.hub({ LINESHAFT_KILL_AT: `${at}:audit.run.cancel` });
  const run = await begun(dying, 'A-1');
  stage.setClock(hoursMs(7));
  await dying.command.ended;
  expect(stage.ordered()).toEqual(['A-1']);

  const hub = await stage.hub();
  await undone(hub, run.id);
  expect(stage.ordered()).toEqual(['A-1', 'A-1 back']);
  expect((await get(hub, '/api/exceptions')).map(({ type }: { readonly type: string }) => type)).toEqual(['run-late']);
});
