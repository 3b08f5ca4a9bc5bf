// Real processes: a thousand alarms of one cause with a kill -9 in the middle, and a queue that a person pauses, kills and resumes.
// What happened is judged by the other side's own ledger and by what the owner sees.
import { expect, test } from 'vitest';
import { keptHub, type Case, type KeptHub } from '../kept-hub.ts';
import { until } from '../until.ts';

interface CountedCase extends Case {
  readonly count: number;
  readonly recent: readonly unknown[];
  readonly escalatedTo: readonly string[];
  readonly class: string;
}

const alarmsMax = 1_000;
const batchMax = 100;

async function casesOf(hub: KeptHub): Promise<readonly CountedCase[]> {
  return (await hub.cases()) as readonly CountedCase[];
}

/** A sender that got no answer sends again. */
async function sendAll(hub: KeptHub, events: readonly object[]): Promise<void> {
  await until('the batch is taken', async () => (await hub.ask('/api/events', events)).status === 200, 120_000);
}

test(`${alarmsMax} alarms of one cause are one case that counts them all, also over a kill -9, and goes up its chain`, { timeout: 240_000 }, async () => {
  await using hub = await keptHub('hub', 'alarm-landscape');
  const batches = Array.from({ length: alarmsMax / batchMax }, (_, batch) =>
    Array.from({ length: batchMax }, (_event, index) => ({
      specversion: '1.0',
      id: `a-${batch}-${index}`,
      source: '/line',
      type: 'machine.alarmed.v1',
      data: { machine: 'packer-1', code: 'E7', serial: `${batch}-${index}` },
    })),
  );
  for (const [at, batch] of batches.entries()) {
    await sendAll(hub, batch);
    if (at !== batches.length / 2) continue;
    // In the middle of the flood; what was sent last is sent again, as a sender does that is not sure.
    process.kill(hub.pid(), 'SIGKILL');
    await until('it was killed', () => hub.ends.length === 1, 120_000);
    await sendAll(hub, batch);
  }
  await until('all are counted', async () => (await casesOf(hub))[0]?.count === alarmsMax, 120_000);
  await until('the next owner has it as well', async () => (await casesOf(hub))[0]?.escalatedTo.includes('head') === true, 120_000);
  const cases = await casesOf(hub);
  expect(cases).toMatchObject([{ type: 'machine-alarm', class: 'machine-event', owner: 'shift', summary: 'packer-1 reports E7' }]);
  expect(cases[0]?.recent.length).toBeLessThanOrEqual(5);
  const listed = await hub.command('exceptions');
  expect(listed).toMatch(/1,000 times, last /);
  expect(listed).toMatch(/escalated to head/);
});

test('a queue that a person paused stays paused over kill -9, and drains in order when it is resumed: nothing lost, nothing twice', { timeout: 240_000 }, async () => {
  await using hub = await keptHub('hub', 'alarm-landscape');
  const items = ['FOIL', 'BOX', 'TAPE'];
  const perItem = 12;
  await until('the hub is up', async () => (await hub.ask('/api/queues')).status === 200, 120_000);
  expect(await hub.command('queue', 'pause', 'purchasing', '--reason', 'new release of the portal')).toMatch(/paused by admin: new release of the portal/);
  for (let at = 0; at < perItem; at += 1) for (const item of items) await hub.send(item, String(at));
  process.kill(hub.pid(), 'SIGKILL');
  await until('it was killed', () => hub.ends.length === 1, 120_000);
  const queueOf = async () => ((await (await hub.ask('/api/queues')).json()) as readonly { readonly waiting: number; readonly paused?: object }[])[0];
  await until('all that was taken waits again', async () => (await queueOf())?.waiting === items.length * perItem, 120_000);
  expect(await queueOf()).toMatchObject({ paused: { by: 'admin', reason: 'new release of the portal' } });
  expect(hub.purchasing.ledger).toEqual([]);
  await hub.command('queue', 'resume', 'purchasing', '--reason', 'it is out');
  await until('some were sent', () => hub.purchasing.ledger.length > 0, 120_000);
  process.kill(hub.pid(), 'SIGKILL');
  await until('all were sent', () => hub.purchasing.ledger.length >= items.length * perItem, 120_000);
  for (const item of items)
    expect(hub.purchasing.ledger.filter(({ body }) => body['item'] === item).map(({ body }) => body['how'])).toEqual(Array.from({ length: perItem }, (_, at) => String(at)));
  expect(new Set(hub.purchasing.ledger.map(({ key }) => key)).size).toBe(items.length * perItem);
  expect(await hub.command('queue')).toMatch(/^purchasing {2}normal {2}/m);
});
