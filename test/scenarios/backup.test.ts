import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { booksStage, type BooksHub, type BooksStage } from '../books-hub.ts';
import { until } from '../until.ts';

let stage: BooksStage;
beforeEach(async () => {
  stage = await booksStage();
});
afterEach(async () => stage[Symbol.asyncDispose]());

const systems = ['erp', 'cmms', 'printer'] as const;

/** Cases by their order; each waits for its owner. */
async function parkedLabels(hub: BooksHub): Promise<ReadonlyMap<string, { readonly id: string; readonly version: number }>> {
  const cases: readonly { id: string; version: number; type: string; keys: { order: string } }[] = await hub.get('/api/exceptions?limit=1000');
  return new Map(cases.filter(({ type }) => type === 'effect-parked').map((each) => [each.keys.order, each]));
}

async function atRest(hub: BooksHub, what: string): Promise<void> {
  await until(
    what,
    async () => {
      const runs: readonly { readonly status: string }[] = await hub.get('/api/runs?status=active&limit=1000');
      const parked = await parkedLabels(hub);
      const waiting: readonly unknown[] = await hub.get('/api/runs?status=queued&limit=1000');
      return runs.length === parked.size && waiting.length === 0;
    },
    60_000,
  );
}

test('a hub that was backed up under load, killed later and restored elsewhere doubles nothing, and its proofs hold against all books', { timeout: 240_000 }, async () => {
  const before = await stage.hub('before');
  const orders = Array.from({ length: 60 }, (_, n) => `PO-${n}`);
  const [early, waiting, late] = [orders.slice(0, 20), orders.slice(20, 40), orders.slice(40)];
  // Some are done, some wait, some are under way while the copy is made.
  for (const order of early) {
    await before.send('begun', order);
    await before.send('ready', order);
  }
  for (const order of waiting) await before.send('begun', order);
  const load = (async () => {
    for (const order of late.slice(0, 10)) await before.send('begun', order);
    for (const order of waiting.slice(0, 10)) await before.send('ready', order);
  })();
  const backup = await stage.lineshaft('backup', '--to', 'copies/', '--data', 'before', '--json');
  expect(backup).toMatchObject({ code: 0, stderr: '' });
  await load;
  // What the copy knows nothing of.
  for (const order of waiting.slice(10)) await before.send('ready', order);
  for (const order of late.slice(10)) await before.send('begun', order);
  for (const order of late) await before.send('ready', order);
  await atRest(before, 'the hub before has done it all');
  expect(systems.map((system) => stage.books.of(system).length)).toEqual([60, 60, 60]);
  await before.kill();

  const { file } = JSON.parse(backup.stdout);
  const restored = await stage.lineshaft('restore', file, '--data', 'after');
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  const after = await stage.hub('after');
  // Their senders send everything again, as it was.
  for (const order of orders) await after.send('begun', order);
  for (const order of orders) await after.send('ready', order);
  await atRest(after, 'the restored hub has done or parked it all');
  expect(systems.map((system) => stage.books.of(system).length)).toEqual([60, 60, 60]);
  // Nobody can know of a label whether it was printed; its owner looks and sees that it was.
  const labels = await parkedLabels(after);
  expect([...labels.keys()]).toEqual(expect.arrayContaining(late));
  for (const { id, version } of labels.values()) {
    const answer = await after.post(`/api/exceptions/${id}/mark-done`, { version, note: 'it hangs there', value: { number: 'L' } });
    expect(answer.status).toBe(200);
  }
  await until('all runs are done', async () => (await after.get('/api/runs?status=done&limit=1000')).length === 60, 120_000);

  for (const order of [early[0], waiting[0], waiting[19], late[0], late[19]]) {
    const { stdout } = await stage.lineshaft('prove', order ?? '', '--data', 'after');
    await writeFile(join(stage.folder, 'proof.ndjson'), stdout);
    const verdict = await stage.lineshaft('verify', 'proof.ndjson', ...systems.flatMap((system) => ['--ledger', `${system}=${stage.books.url}/${system}/books`]));
    expect(verdict.stdout).toMatch(/It holds\.\n$/);
    expect(verdict.code).toBe(0);
  }
});

describe('a backup', () => {
  async function backedUp(): Promise<BooksHub> {
    const hub = await stage.hub('state');
    await hub.send('begun', 'PO-1');
    expect((await stage.lineshaft('backup', '--to', 'one.backup', '--data', 'state')).code).toBe(0);
    return hub;
  }

  test('tells what it is in its first line, and is restored where nothing is', async () => {
    await backedUp();
    const whole = await readFile(join(stage.folder, 'one.backup'));
    const manifest = JSON.parse(whole.toString('utf8', 0, whole.indexOf('\n')));
    expect(manifest).toMatchObject({ format: 'lineshaft-backup', version: 1, hub: 'hub', position: 1, runs: 1 });
    expect(whole.length - whole.indexOf('\n') - 1).toBe(manifest.bytes);
    expect(await readdir(join(stage.folder, 'state', 'hub'))).not.toContain('backup');
    expect(await stage.lineshaft('backup', '--to', 'one.backup', '--data', 'state')).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
    expect(await readFile(join(stage.folder, 'one.backup'))).toEqual(whole);
    expect((await stage.lineshaft('backup', '--to', 'one.backup', '--data', 'state', '--force')).code).toBe(0);
    expect((await stage.lineshaft('restore', 'one.backup', '--data', 'new')).code).toBe(0);
    const hub = await stage.hub('new');
    expect((await hub.get('/api/orders/PO-1')).runs).toHaveLength(1);
    expect(await readdir(join(stage.folder, 'new', 'hub'))).not.toContain('restore');
  });

  test.each<[string, (whole: Buffer) => Buffer, RegExp]>([
    ['a changed byte', (whole) => Buffer.concat([whole.subarray(0, -100), Buffer.from('x'), whole.subarray(-99)]), /was changed/],
    ['a missing end', (whole) => whole.subarray(0, -4_096), /is not whole/],
    ['another file', () => Buffer.from('{"a":1}\n'), /no backup of Lineshaft/],
    ['an empty file', () => Buffer.alloc(0), /no backup of Lineshaft/],
  ])('with %s is refused, and nothing is left behind: a whole one is restored there', async (_what, doctored, said) => {
    await backedUp();
    await writeFile(join(stage.folder, 'two.backup'), doctored(await readFile(join(stage.folder, 'one.backup'))));
    const { code, stderr } = await stage.lineshaft('restore', 'two.backup', '--data', 'new');
    expect(code).toBe(3);
    expect(stderr).toMatch(said);
    expect((await readdir(join(stage.folder, 'new', 'hub'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
    expect((await stage.lineshaft('restore', 'one.backup', '--data', 'new')).code).toBe(0);
  });

  test('is not restored over a log that is there, unless that is wanted: then it is set aside; and never under a hub that runs', async () => {
    const hub = await backedUp();
    const refused = await stage.lineshaft('restore', 'one.backup', '--data', 'state');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('is not empty');
    const held = await stage.lineshaft('restore', 'one.backup', '--data', 'state', '--force');
    expect(held.code).toBe(3);
    expect(held.stderr).toContain('is held by another process');
    await hub.send('begun', 'PO-2');
    await hub.kill();
    await cp(join(stage.folder, 'state', 'hub', 'keys.json'), join(stage.folder, 'keys.json'));
    const forced = await stage.lineshaft('restore', 'one.backup', '--data', 'state', '--force', '--json');
    expect(forced.code).toBe(0);
    expect((await readdir(join(stage.folder, 'state', 'hub'))).some((name) => name.startsWith('hub.db.before-restore'))).toBe(true);
    const after = await stage.hub('state');
    // Its keys are still those; PO-2 came after the copy.
    expect(await readFile(join(stage.folder, 'state', 'hub', 'keys.json'))).toEqual(await readFile(join(stage.folder, 'keys.json')));
    expect((await after.get('/api/orders/PO-1')).runs).toHaveLength(1);
    expect((await after.get('/api/orders/PO-2')).status).toBe(404);
  });

  test('needs the key of an admin', async () => {
    const hub = await stage.hub('state');
    // The hub's own file; a wrong key shows in every answer.
    const { edge } = JSON.parse(await readFile(join(stage.folder, 'state', 'hub', 'keys.json'), 'utf8')) as { readonly edge: string };
    const { code, stderr } = await stage.lineshaft('backup', '--to', 'one.backup', '--hub', hub.url, '--key', edge);
    expect(code).toBe(5);
    expect(stderr).toContain('this needs admin');
    expect(await readdir(stage.folder)).not.toContain('one.backup');
  });
});
