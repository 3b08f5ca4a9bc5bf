// Code of a landscape that does not come back, or ends the process: real hub processes, a system with a ledger on a real socket.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptHub, type Case, type KeptHub } from '../kept-hub.ts';
import { tellsFamily } from '../running-command.ts';
import { until } from '../until.ts';

const folder = join(import.meta.dirname, 'hang-landscape');

/** The place of a line of the landscape, as cases give it: file and line. */
function lineOf(file: string, words: string): string {
  const index = readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(words));
  expect(index).toBeGreaterThanOrEqual(0);
  return `${file}:${index + 1}:`;
}

const loop = lineOf('hang.ts', 'for (let turn = 0;');

describe('in one hub', { timeout: 240_000 }, () => {
  let hub: KeptHub;
  beforeAll(async () => {
    hub = await keptHub();
    await hub.ask('/health');
  }, 240_000);
  afterAll(() => hub[Symbol.asyncDispose]());

  /** Sends an item with which something goes wrong and, behind it, one with which nothing does; gives the case and how processes ended. */
  async function goesWrong(how: string): Promise<{ readonly found: Case | undefined; readonly codes: readonly (number | null)[]; readonly said: string }> {
    const [known, before] = [new Set((await hub.cases()).map(({ id }) => id)), hub.ends.length];
    await hub.send(`BAD ${how}`, how);
    await hub.send(`GOOD ${how}`, '');
    const found = await until('a case', async () => (await hub.cases()).find(({ id }) => !known.has(id)), 120_000);
    await until('the other item is ordered', () => hub.ordered(`GOOD ${how}`) > 0);
    const ends = hub.ends.slice(before);
    return { found, codes: ends.map(({ code }) => code), said: ends.map(({ stderr }) => stderr).join('') };
  }

  test.for([
    ['body: loop', 'run-quarantined', 'stores', loop, 0],
    ['body: promises', 'run-quarantined', 'stores', lineOf('want.flow.ts', 'await Promise.resolve()'), 0],
    ['body: search', 'run-quarantined', 'stores', lineOf('hang.ts', '(a+)+'), 0],
    ['decision: loop', 'run-quarantined', 'stores', loop, 0],
    ['key: loop', 'run-not-started', 'stores', loop, 0],
    ['query: loop', 'run-quarantined', 'stores', loop, 0],
    ['request: loop', 'effect-parked', 'buyers', loop, 0],
    ['reply: loop', 'effect-parked', 'buyers', loop, 1],
    ['send: loop', 'effect-parked', 'buyers', loop, 0],
    ['later: loop', 'run-quarantined', 'stores', loop, 1],
    ['undo: loop', 'run-quarantined', 'stores', loop, 1],
  ] as const)('%s: the watchdog ends the process once, its owner learns where, everything else goes on', async ([how, type, owner, place, orders]) => {
    const { found, codes, said } = await goesWrong(how);
    expect(codes).toEqual([75]);
    expect(found).toMatchObject({ type, owner, summary: expect.stringContaining(`had not come back for 1.5 s at ${place}`) });
    expect(said).toMatch(new RegExp(`^The hub has not come back for 1\\.5 s at ${place.replaceAll('.', '\\.')}[^\\n]*\\n$`));
    expect([hub.ordered(`GOOD ${how}`), hub.ordered(`BAD ${how}`)]).toEqual([1, orders]);
  });

  test.for([
    // The timer and the answer race.
    ['body: exit from a timer', 'run-quarantined', [0, 1]],
    ['key: exit', 'run-not-started', [0]],
    ['query: exit', 'run-quarantined', [0]],
    ['reply: exit', 'effect-parked', [1]],
    ['later: exit', 'run-quarantined', [1]],
  ] as const)('%s: after three ends in a row it does not run again, everything else goes on', async ([how, type, orders]) => {
    const { found, codes } = await goesWrong(how);
    expect(codes).toEqual([0, 0, 0]);
    expect(found).toMatchObject({ type, summary: expect.stringMatching(`was running at hang\\.ts:\\d+:\\d+ when the hub's process ended, 3 times in a row`) });
    expect(hub.ordered(`GOOD ${how}`)).toBe(1);
    expect(orders).toContain(hub.ordered(`BAD ${how}`));
  });

  test('a message of a webhook on which its mapping loops is refused from then on, others are taken', async () => {
    const before = hub.ends.length;
    const cut = await hub.tell('map: loop').then(
      ({ status }) => status,
      () => 'cut',
    );
    expect(cut).toBe('cut');
    const found = await until('a case', async () => (await hub.cases()).find(({ type }) => type === 'input-refused'));
    expect(found).toMatchObject({ owner: 'buyers', summary: expect.stringContaining(`at ${loop}`), context: { definition: { kind: 'webhook', name: 'purchasing-told' } } });
    expect([(await hub.tell('map: loop')).status, (await hub.tell('an item')).status]).toEqual([422, 200]);
    await until('the other item is ordered', () => hub.ordered('an item') === 1);
    expect(hub.ends.length).toBe(before + 1);
  });

  test('an event on which a flow loops when it is played again costs the hub nothing, is not played again, and others are', async () => {
    const hows: Readonly<Record<string, string>> = { AGAIN: 'again: loop', GONE: 'again: exit', ALSO: '' };
    for (const [item, how] of Object.entries(hows)) {
      await hub.send(item, how);
      await until('its run has ended', async () => (await hub.runs()).find(({ key }) => key === item)?.status === 'done');
    }
    const before = hub.ends.length;
    const played = async (key: string): Promise<unknown> => (await hub.ask('/api/replays', { mode: 'dry-run', flow: 'want', key })).json();
    const asked = played('AGAIN');
    const found = await until('a case', async () => (await hub.cases()).find(({ summary }) => summary.includes('played again')), 120_000);
    expect(found).toMatchObject({
      type: 'input-refused',
      owner: 'stores',
      summary: expect.stringContaining(`at ${loop}`),
      context: { definition: { kind: 'flow', name: 'want' } },
    });
    expect(await asked).toMatchObject({ rehearsals: [{ end: 'parked', why: expect.stringMatching(/ at hang\.ts:\d+:\d+; it was stopped, and the hub went on$/) }] });
    expect(await played('AGAIN')).toMatchObject({ rehearsals: [{ end: 'parked', why: 'replaying this has stopped the hub before' }] });
    expect(await played('GONE')).toMatchObject({ rehearsals: [{ end: 'parked', why: expect.stringContaining('ended the thread') }] });
    expect(await played('ALSO')).toMatchObject({ rehearsals: [{ end: 'done' }], different: 0 });
    expect((await hub.runs()).find(({ key }) => key === 'AGAIN')?.status).toBe('done');
    expect([hub.ends.length - before, hub.ordered('AGAIN')]).toEqual([0, 1]);
  });

  test('a connector of the landscape that loops by itself is set aside: what concerns other systems goes on', async () => {
    const { found, codes } = await goesWrong('listen: loop');
    expect(codes).toEqual([75]);
    expect(found).toMatchObject({ type: 'connector-set-aside', owner: 'buyers', summary: expect.stringContaining(`at ${loop}`) });
    await hub.send('AFTER', 'send: fine');
    await hub.send('GOOD AFTER', '');
    await until('the other item is ordered', () => hub.ordered('GOOD AFTER') === 1);
    expect(hub.ordered('AFTER')).toBe(0);
  });

  test('what was set aside is let go or tried again by its owner: the mended flow goes on where it was, nothing is done twice', async () => {
    const parked = (await hub.cases()).filter(({ type }) => type === 'run-quarantined');
    const runOf = async (key: string) => (await hub.runs()).find((run) => run.key === key);
    const caseOf = async (key: string): Promise<Case> => {
      const run = await runOf(key);
      const found = parked.find((each) => each.run === run?.id);
      if (!found) throw new Error(`No case of ${key}`);
      return found;
    };
    const act = async ({ id, version }: Case, action: string): Promise<number> => (await hub.ask(`/api/exceptions/${id}/${action}`, { version, note: 'looked at it' })).status;
    // Not mended: it loops again, and is set aside again.
    const first = await caseOf('BAD body: loop');
    // The answer is cut with the process that gives it.
    await act(first, 'retry');
    const again = await until('it is set aside again', async () => (await hub.cases()).find(({ id, run }) => run === first.run && id !== first.id));
    expect(again).toMatchObject({ type: 'run-quarantined', context: { times: 2 } });
    hub.mend();
    expect(await act(again, 'retry')).toBe(200);
    expect(await act(await caseOf('BAD later: exit'), 'retry')).toBe(200);
    expect(await act(await caseOf('BAD undo: loop'), 'cancel')).toBe(200);
    for (const key of ['BAD body: loop', 'BAD later: exit']) await until(`${key} is done`, async () => (await runOf(key))?.status === 'done');
    expect((await runOf('BAD undo: loop'))?.status).toBe('failed');
    expect([hub.ordered('BAD body: loop'), hub.ordered('BAD later: exit'), hub.ordered('BAD undo: loop')]).toEqual([1, 1, 1]);
  });
});

test.skipIf(!tellsFamily)('two that loop at once are both set aside; a run that waits is not, however often the hub is killed', { timeout: 240_000 }, async () => {
  await using hub = await keptHub();
  hub.purchasing.hold();
  await hub.send('WAITING', '');
  await until('the order is on its way', () => hub.purchasing.requests.length > 0);
  for (let kill = 1; kill <= 4; kill += 1) {
    await hub.ask('/health');
    process.kill(hub.pid(), 'SIGKILL');
    await until('the hub has ended', () => hub.ends.length === kill);
  }
  expect(hub.ends.map(({ code, signal }) => signal ?? code)).toEqual(Array.from({ length: 4 }, () => 'SIGKILL'));
  await Promise.all([hub.send('ONE', 'body: loop'), hub.send('TWO', 'later: loop'), hub.send('THREE', 'body: exit')].map((sent) => sent.catch(() => undefined)));
  hub.purchasing.release();
  await until('three cases', async () => (await hub.cases()).length === 3, 120_000);
  await until('what waited is done', async () => (await hub.runs()).find(({ key }) => key === 'WAITING')?.status === 'done');
  expect((await hub.cases()).map(({ type, summary }) => [type, summary.split(' had ')[0]?.split(' was ')[0]]).toSorted()).toEqual([
    ['run-quarantined', 'Order what is wanted for ONE'],
    ['run-quarantined', 'Order what is wanted for THREE'],
    ['run-quarantined', 'Order what is wanted for TWO'],
  ]);
  expect(['WAITING', 'ONE', 'TWO', 'THREE'].map(hub.ordered)).toEqual([1, 0, 1, 0]);
});

test.skipIf(!tellsFamily)(
  'among many that wait, the one that kills the hub when it is replayed is set aside after three ends in a row, and no other',
  { timeout: 240_000 },
  async () => {
    await using hub = await keptHub();
    hub.purchasing.hold();
    const waiting = Array.from({ length: 40 }, (_, number) => `WAITING ${number}`);
    for (const item of waiting.slice(0, 20)) await hub.send(item, '');
    await hub.send('BAD', 'body: kill once spoilt');
    for (const item of waiting.slice(20)) await hub.send(item, '');
    await until('all of them run', async () => (await hub.runs()).filter(({ status }) => status === 'active').length === 41);
    hub.spoil();
    process.kill(hub.pid(), 'SIGKILL');
    await until('a case', async () => (await hub.cases()).length > 0, 120_000);
    expect(hub.ends.map(({ code, signal }) => signal ?? code)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    expect(await hub.cases()).toMatchObject([{ type: 'run-quarantined', summary: expect.stringMatching(/^Order what is wanted for BAD was running .*3 times in a row/) }]);
    hub.purchasing.release();
    await until('all others are done', async () => (await hub.runs()).filter(({ status }) => status === 'done').length === 40);
    expect(waiting.map(hub.ordered)).toEqual(waiting.map(() => 1));
  },
);

test('lineshaft start says why its hub was stopped, and starts it again', { timeout: 240_000 }, async () => {
  await using hub = await keptHub('start');
  await hub.send('BAD', 'body: loop');
  await hub.send('GOOD', '');
  await until('the other item is ordered', () => hub.ordered('GOOD') > 0);
  expect(await hub.cases()).toMatchObject([{ type: 'run-quarantined', owner: 'stores' }]);
  expect(hub.printed()).toMatch(/^The hub has not come back for 1.5 s at hang\.ts:\d+:\d+ in the flow "want"/m);
  expect(hub.printed()).toContain('hub ended; it is started again');
  expect(hub.ends).toEqual([]);
});
