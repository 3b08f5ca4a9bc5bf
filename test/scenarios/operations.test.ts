// People at the command line act on runs of a real hub, which is killed before and after it has written down what they did.
import { expect, test } from 'vitest';
import { booksStage, type BooksHub, type BooksStage } from '../books-hub.ts';
import { until } from '../until.ts';

const deeds = {
  edit: { words: ['--result', '{"number":"L-9"}'], end: 'done' },
  skip: { words: ['--value', '{"number":"none"}'], end: 'done' },
  cancel: { words: ['--checked'], end: 'compensated' },
} as const;

/** An order whose label was printed, or not: the printer did not answer, and cannot be asked. */
async function parkedRun(stage: BooksStage, hub: BooksHub, order: string): Promise<string> {
  stage.books.loseAnswers('printer', 1);
  await hub.send('begun', order);
  await hub.send('ready', order);
  const [found] = await until('the label is parked', async () => {
    const all = await hub.get(`/api/exceptions?key=${order}`);
    return all.length === 1 && all;
  });
  expect(found.actions).toEqual(expect.arrayContaining(['retry', 'edit', 'skip', 'compensate']));
  return found.run;
}

const entriesOf = (stage: BooksStage, order: string): readonly string[] => stage.books.booked.filter(({ entity }) => entity === order).map(({ system }) => system);

test('a hub that is killed while a person acts has done it, or has not; nothing is done twice', { timeout: 240_000 }, async () => {
  await using stage = await booksStage();
  let number = 0;
  for (const [deed, { words, end }] of Object.entries(deeds))
    for (const at of ['before-commit', 'after-commit']) {
      const order = `PO-${(number += 1)}`;
      const dying = await stage.hub('state', [], { LINESHAFT_KILL_AT: `${at}:audit.run.${deed}` });
      const run = await parkedRun(stage, dying, order);
      const act = () => stage.lineshaft('run', deed, run, ...words, '--reason', 'as it hangs there', '--data', 'state', '--json');
      expect((await act()).code).toBe(3);
      await dying.ended();

      const hub = await stage.hub('state');
      const known = await hub.get(`/api/runs/${run}`);
      expect(known.deeds).toHaveLength(at === 'before-commit' ? 0 : 1);
      if (at === 'before-commit') {
        expect(await hub.get(`/api/exceptions?key=${order}`)).toHaveLength(1);
        expect((await act()).code).toBe(0);
      }
      const ended = await until(`the run of ${order} ends`, async () => {
        const now = await hub.get(`/api/runs/${run}`);
        return now.status === end && now;
      });
      expect(ended.deeds).toMatchObject([{ by: 'admin', action: deed, details: { reason: 'as it hangs there' } }]);
      expect(await hub.get(`/api/exceptions?key=${order}`)).toEqual([]);
      expect(entriesOf(stage, order)).toEqual(['erp', 'cmms', 'printer']);
      await hub.kill();
    }
});

test('runs are listed, shown and acted on; the second of two is told who was first; replays leave the ledgers as they are', { timeout: 240_000 }, async () => {
  await using stage = await booksStage();
  const hub = await stage.hub('state');
  const run = await parkedRun(stage, hub, 'PO-1');
  const lineshaft = async (...args: readonly string[]) => stage.lineshaft(...args, '--data', 'state');

  expect(await lineshaft('runs', '--limit', '0')).toMatchObject({ code: 2, stderr: expect.stringContaining('from 1 to') });
  expect((await lineshaft('runs', '--status', 'active')).stdout).toContain(run);
  const shown = await lineshaft('run', 'show', run);
  expect(shown.stdout).toMatch(/! parked +effect +label\.print#1/);
  const version = /version (\w+)/.exec(shown.stdout)?.[1] ?? '';

  expect(await lineshaft('run', 'edit', run, '--result', '{"number":"L-1"}')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
  expect(await lineshaft('run', 'edit', run, '--result', '{"wrong":1}', '--reason', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining('number') });
  const [found] = (await hub.get('/api/exceptions')) as readonly { readonly id: string; readonly version: number }[];
  for (const deed of ['resolve', 'accept', 'cancel', 'mark-done', 'edit', 'skip', 'compensate'])
    expect(await lineshaft('exceptions', deed, found?.id ?? '', '--note', ' ')).toMatchObject({ code: 2, stderr: expect.stringContaining('--note') });
  expect((await hub.get(`/api/exceptions/${found?.id ?? ''}`)).version).toBe(found?.version);
  for (const deed of ['skip', 'cancel']) expect(await lineshaft('run', deed, run)).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
  expect(await lineshaft('run', 'retry', run)).toMatchObject({ code: 5, stderr: expect.stringMatching(/Look in the system[^]*Look again, then decide/) });
  expect(await lineshaft('run', 'edit', run, '--result', '{"number":"L-1"}', '--reason', 'it hangs there', '--seen', version)).toMatchObject({ code: 0 });
  expect(await lineshaft('run', 'skip', run, '--reason', 'me too', '--seen', version)).toMatchObject({ code: 5, stderr: expect.stringMatching(/admin did edit at/) });
  await until('the run ends', async () => (await hub.get(`/api/runs/${run}`)).status === 'done');
  expect((await lineshaft('trace', 'PO-1')).stdout).toMatch(/admin changes what is asked for \(label\.print#1\): it hangs there/);

  const ledger = JSON.stringify(stage.books.booked);
  const dry = JSON.parse((await lineshaft('replay', '--key', 'PO-1', '--dry-run', '--json')).stdout);
  expect(dry).toMatchObject({
    mode: 'dry-run',
    different: 0,
    rehearsals: [{ run, was: 'done', end: 'decided', why: expect.stringMatching(/admin gave the answer of label\.print#1$/) }],
  });
  expect((await lineshaft('replay', '--key', 'PO-1', '--dry-run')).stdout).toMatch(
    /done, decided by a person at \S+: admin gave the answer of label\.print#1; \d+ of \d+ steps the same/,
  );
  expect(await lineshaft('replay', '--key', 'PO-1', '--live')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
  expect((await lineshaft('replay', '--key', 'PO-1', '--live', '--reason', 'to be sure')).stdout).toMatch(/^unchanged +handle-order:/);
  expect((await lineshaft('replay', '--key', 'PO-1')).code).toBe(2);
  expect(JSON.stringify(stage.books.booked)).toBe(ledger);
  expect((await lineshaft('audit')).stdout).toMatch(/replay\.live/);
});
