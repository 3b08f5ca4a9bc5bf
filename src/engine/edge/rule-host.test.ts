import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { edgeDisk, type EdgeDisk } from '../../../test/edge-disk.ts';
import { packer, plantTeam, reading, slowdown, target, temperature, throughput, throughputDrop, tooHot, varianceCleared, varianceDetected } from '../../../test/edge-landscape.ts';
import { ruleHostIn } from '../../../test/rule-host-play.ts';
import { defineRule, type Rule } from '../../model/rule.ts';
import { below, missing } from '../../model/condition.ts';
import { average } from '../../model/window.ts';
import type { RawSample } from '../../model/source.ts';
import type { RuleHostParts } from './rule-host.ts';

async function play(disk: EdgeDisk, messages: readonly (readonly RawSample[])[], rules?: readonly Rule[], parts?: Partial<RuleHostParts>) {
  const store = disk.open();
  const running = await ruleHostIn(store, rules, parts);
  for (const message of messages) running.hear(message);
  await running.idle();
  return { ...running, store, events: (await store.pending(100)).map(({ body }) => JSON.parse(body)) };
}

describe('the event of an episode', () => {
  test('is a CloudEvent in the shape of its contract, in the buffer once, with one more when it clears', async () => {
    const { events, appended } = await play(edgeDisk(), slowdown(1_790_000_000_000));
    expect(events).toHaveLength(2);
    const [fired, cleared] = events;
    expect(fired).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      source: '/edge/edge-1/bremen/line-1/packer-3',
      type: 'production.variance.detected.v1',
      subject: 'bremen/line-1/packer-3',
      time: new Date(1_790_000_002_900).toISOString(),
      datacontenttype: 'application/json',
      dataschema: 'urn:lineshaft:contract:production.variance.detected:1',
      traceparent: expect.stringMatching(new RegExp(`^00-${fired.id}-[0-9a-f]{16}-01$`)),
      data: { order: 'PO-4711', asset: 'packer-3', episode: fired.id, rate: expect.closeTo(66, 9), limit: 96 },
    });
    expect(cleared).toMatchObject({
      id: `${fired.id}.cleared`,
      type: 'production.variance.cleared.v1',
      time: new Date(1_790_000_006_000).toISOString(),
      data: { episode: fired.id },
    });
    expect(cleared.traceparent.slice(0, 36)).toBe(fired.traceparent.slice(0, 36));
    expect(cleared.traceparent).not.toBe(fired.traceparent);
    expect(appended()).toBe(2);
  });

  test('is stored in one commit with the state that gave it, at a point that carries its contract', async () => {
    const disk = edgeDisk();
    const running = await ruleHostIn(disk.open());
    const messages = slowdown();
    for (const message of messages.slice(0, 40)) running.hear(message);
    await running.idle();
    expect(disk.commits).toEqual([{ states: [throughputDrop.name], ids: [disk.appended[0]] }]);
    expect(JSON.parse(disk.states.get(throughputDrop.name) ?? '')).toMatchObject({ version: 2, open: { startMs: 2_400 } });
    expect(running.points).toEqual([`edge.before-commit:${varianceDetected.name}`, `edge.after-commit:${varianceDetected.name}`]);
    for (const message of messages.slice(40)) running.hear(message);
    await running.idle();
    expect(running.points.slice(2)).toEqual([`edge.before-commit:${varianceCleared.name}`, `edge.after-commit:${varianceCleared.name}`]);
  });

  test('leaves on the very sample that is over the limit where the rule has no window', async () => {
    const { events } = await play(edgeDisk(), [[{ address: temperature.address, value: 1_311, atMs: 5, quality: 'good' }]], [tooHot]);
    expect(events).toHaveLength(1);
  });

  test('events of one moment go together, and each rule only with its own', async () => {
    const disk = edgeDisk();
    const hot: RawSample = { address: temperature.address, value: 1_350, atMs: 2_900, quality: 'good' };
    const messages = slowdown().slice(0, 40);
    messages[29]?.push(hot);
    await play(disk, messages, [throughputDrop, tooHot]);
    expect(disk.commits).toEqual([{ states: [throughputDrop.name, tooHot.name], ids: disk.appended }]);
    expect(disk.appended).toHaveLength(2);
  });
});

describe('the context', () => {
  test('of one message holds for the rate in it, wherever it stands in the message', async () => {
    const running = await ruleHostIn(edgeDisk().open());
    running.hear(reading(0, 66, { order: 'PO-1', target: 60 }));
    expect(running.targetOf(throughput)).toBe(60);
    expect(running.status()[0]?.points).toBe(1);
    running.hear(reading(100, 66, { order: 'PO-2', target: 120 }));
    // The new order's window begins with this very sample.
    expect(running.status()[0]?.points).toBe(1);
  });

  test('an older value that arrives late does not replace what is known', async () => {
    const running = await ruleHostIn(edgeDisk().open());
    running.hear([{ address: target.address, value: 120, atMs: 1_000, quality: 'good' }]);
    running.hear([{ address: target.address, value: 60, atMs: 900, quality: 'good' }]);
    running.hear([{ address: target.address, value: 50, atMs: 1_100, quality: 'bad' }]);
    running.hear([{ address: target.address, value: 40, atMs: 1_200, quality: 'good', historical: true }]);
    expect(running.targetOf(throughput)).toBe(120);
  });

  test('of a clock that was ahead, and is right again, is believed once nothing newer has come for ten seconds', async () => {
    const running = await ruleHostIn(edgeDisk().open());
    const say = (value: number, atMs: number): void => running.hear([{ address: target.address, value, atMs, quality: 'good' }]);
    say(120, 3_600_000);
    say(60, 1_000);
    await running.clock.advance(9_000);
    say(60, 10_000);
    expect(running.targetOf(throughput)).toBe(120);
    await running.clock.advance(1_000);
    say(60, 11_000);
    expect(running.targetOf(throughput)).toBe(60);
    say(120, 10_500);
    expect(running.targetOf(throughput)).toBe(60);
  });

  test('is known after a restart, before the machine says it again', async () => {
    const disk = edgeDisk();
    const before = await ruleHostIn(disk.open());
    for (const message of slowdown().slice(0, 20)) before.hear(message);
    await before.close();
    const onlyRates = slowdown().map((message) => message.slice(0, 1));
    const { events } = await play(disk, onlyRates.slice(20));
    expect(events.map(({ data }) => data.order ?? data.asset)).toEqual(['PO-4711', 'packer-3']);
  });
});

describe('after a restart', () => {
  test('wherever it happens, an episode that fired is neither lost nor fired again', async () => {
    const whole = (await play(edgeDisk(), slowdown())).events.map(({ id }) => id);
    for (let cut = 1; cut < 80; cut++) {
      const disk = edgeDisk();
      const first = await ruleHostIn(disk.open());
      for (const message of slowdown().slice(0, cut)) first.hear(message);
      await first.close();
      await play(disk, slowdown().slice(cut));
      expect(disk.appended, `restart before message ${cut}`).toEqual(whole);
    }
  });

  test('killed at any moment, a commit under way included, it repeats and loses no event that was stored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ messages: fc.integer({ min: 1, max: 30 }), turns: fc.integer({ min: 0, max: 6 }) }), { maxLength: 8 }), async (lives) => {
        const disk = edgeDisk();
        const messages = [...slowdown(0), ...slowdown(8_000), ...slowdown(16_000)];
        let heard = 0;
        for (const life of lives) {
          const store = disk.open();
          const running = await ruleHostIn(store);
          for (const message of messages.slice(heard, heard + life.messages)) running.hear(message);
          heard += life.messages;
          for (let turn = 0; turn < life.turns; turn++) await new Promise((resolve) => setImmediate(resolve));
          store.kill();
        }
        await play(disk, messages.slice(heard));
        expect(new Set(disk.appended).size).toBe(disk.appended.length);
        disk.appended.forEach((id, index) => expect(id.endsWith('.cleared')).toBe(index % 2 === 1));
      }),
      { numRuns: 60, seed: 4711 },
    );
  });

  test('a damaged state is quarantined and its rule starts anew', async () => {
    const disk = edgeDisk();
    disk.corrupt(throughputDrop.name, '{"version":1,"points":');
    const { events, quarantine } = await play(disk, slowdown());
    expect(events).toHaveLength(2);
    expect(quarantine.entries(10)).toMatchObject([{ address: `rule:${throughputDrop.name}`, raw: '{"version":1,"points":' }]);
  });

  test('a state of a newer version is refused', async () => {
    const disk = edgeDisk();
    disk.corrupt(throughputDrop.name, '{"version":3}');
    await expect(ruleHostIn(disk.open())).rejects.toMatchObject({ code: 'STORE_NEWER' });
  });
});

describe('the store', () => {
  test('that refuses commits is tried again; what it missed goes in order, nothing twice', async () => {
    const disk = edgeDisk();
    disk.fail(5);
    const running = await ruleHostIn(disk.open());
    for (const message of slowdown()) running.hear(message);
    await running.clock.advance(60_000);
    expect(disk.appended).toHaveLength(2);
    expect(disk.appended[1]).toBe(`${disk.appended[0]}.cleared`);
    expect(running.logged[0]).toMatch(/does not take a commit \(The disk is full\.\); 2 events wait/);
  });

  test('that is too far behind makes the edge shed samples, counted, instead of growing', async () => {
    const disk = edgeDisk();
    disk.fail(1_000);
    const flap = Array.from({ length: 20 }, (_, index): RawSample[] => [{ address: temperature.address, value: index % 2 === 0 ? 1_350 : 0, atMs: index, quality: 'good' }]);
    const running = await ruleHostIn(disk.open(), [tooHot], { waitingMax: 3 });
    for (const message of flap) running.hear(message);
    expect(running.counts.shed).toBe(15);
    disk.fail(0);
    await running.clock.advance(60_000);
    for (const value of [0, 1_350]) running.hear([{ address: temperature.address, value, atMs: 100 + value, quality: 'good' }]);
    await running.idle();
    expect(running.counts.shed).toBe(15);
    expect(disk.appended).toHaveLength(4);
  });

  test('gets the state of a quiet rule only with the checkpoint', async () => {
    const disk = edgeDisk();
    const running = await ruleHostIn(disk.open(), [throughputDrop], { checkpointMs: 5_000 });
    for (const message of slowdown().slice(0, 20)) running.hear(message);
    await running.clock.advance(4_999);
    expect(disk.commits).toEqual([]);
    await running.clock.advance(1);
    expect(disk.commits).toEqual([{ states: [throughputDrop.name], ids: [] }]);
    await running.clock.advance(60_000);
    expect(disk.commits).toHaveLength(1);
  });
});

describe('a rule of the landscape', () => {
  const base = {
    title: 'x',
    owner: plantTeam,
    on: throughput,
    with: {},
    when: below(average('1s'), { limit: 96 }),
    sustained: '500ms',
    clear: { limit: 108, for: '300ms' },
    emit: varianceDetected,
  } as const;
  const throws = defineRule({
    ...base,
    name: 'throws',
    event: () => {
      throw new Error('no such field');
    },
  });
  const misfits = defineRule({ ...base, name: 'misfits', event: ({ asset, id, window }) => ({ order: 'PO-1', asset, episode: id, rate: -window.value, limit: 0 }) });
  const endless = defineRule({ ...base, name: 'endless', event: ({ asset, id }) => ({ order: 'x'.repeat(200_000), asset, episode: id, rate: 1, limit: 0 }) });

  test.each([
    [throws, /"throws" \(.*rule-host\.test\.ts:\d+\) threw: no such field/],
    [misfits, /"misfits" gave a production\.variance\.detected\.v1 that breaks its contract at \/rate/],
    [endless, /"endless" gave an event of \d+ characters/],
  ] as const)("that cannot give its event ($name) is quarantined with its episode, in nobody's way", async (rule, reason) => {
    const disk = edgeDisk();
    const { events, store } = await play(disk, slowdown(), [rule, throughputDrop]);
    expect(events).toHaveLength(2);
    const [entry] = await store.quarantined(10);
    expect(entry).toMatchObject({ address: `rule:${rule.name}`, reason: expect.stringMatching(reason), count: 1 });
    expect(JSON.parse(entry?.raw ?? '')).toMatchObject({ kind: 'fired', episode: { asset: packer.name, startMs: 2_400 } });
    expect(JSON.parse(disk.states.get(rule.name) ?? '')).toMatchObject({ open: { startMs: 2_400 } });
  });
});

describe('what a person sees', () => {
  test('is the phase of each rule, from filling to open, and since when no data has come', async () => {
    const running = await ruleHostIn(edgeDisk().open());
    const phase = () => running.status()[0]?.phase;
    expect(phase()).toBe('no data');
    const phases = slowdown().map((message) => {
      running.hear(message);
      return phase();
    });
    expect([phases[0], phases[10], phases[24], phases[29], phases[60]]).toEqual(['filling', 'watching', 'sustaining', 'open', 'watching']);
    running.stale([throughput], 8_000);
    expect(running.status()[0]).toMatchObject({ phase: 'no data', noDataSinceMs: 8_000 });
  });

  test('late and repeated samples are counted', async () => {
    const running = await ruleHostIn(edgeDisk().open());
    for (const message of slowdown().slice(0, 20)) running.hear(message);
    running.hear(reading(1_900, 120));
    running.hear(reading(0, 120));
    expect(running.counts).toMatchObject({ duplicate: 1, late: 1 });
  });
});

describe('missing data', () => {
  const silent: Rule = {
    ...throughputDrop,
    name: 'packaging.silent',
    when: missing('5s'),
    sustained: '0s',
    clear: { for: '0s' },
    with: {},
    event: ({ id }) => ({ ...quiet, episode: id }),
  };
  const quiet = { order: 'PO-1', asset: 'packer-3', rate: 0, limit: 0 };

  test('is an event by the clock alone, once, and is over with the next sample; a restart in between repeats nothing', async () => {
    const disk = edgeDisk();
    const first = await ruleHostIn(disk.open(), [silent]);
    first.hear([{ address: throughput.address, value: 100, atMs: 900_000, quality: 'good' }]);
    await first.clock.advance(20_000);
    await first.idle();
    expect(disk.appended).toHaveLength(1);
    await first.close();
    const again = await ruleHostIn(disk.open(), [silent]);
    await again.clock.advance(20_000);
    again.hear([{ address: throughput.address, value: 100, atMs: 950_000, quality: 'good' }]);
    await again.close();
    expect(disk.appended).toEqual([disk.appended[0], `${disk.appended[0]}.cleared`]);
  });

  test('is not made of values that were refused for want of room: the time in which nothing was judged does not count', async () => {
    const disk = edgeDisk();
    let parked = false;
    const refused: number[] = [];
    const room = { isParked: () => parked, refuse: (samples: readonly { readonly atMs: number }[]) => void refused.push(...samples.map(({ atMs }) => atMs)) };
    const running = await ruleHostIn(disk.open(), [silent], { room });
    const hear = (atMs: number): void => running.hear([{ address: throughput.address, value: 100, atMs, quality: 'good' }]);
    hear(1_000_000);
    await running.clock.advance(1_000);
    parked = true;
    for (let second = 0; second < 20; second++) {
      hear(1_002_000 + second * 1_000);
      await running.clock.advance(1_000);
    }
    parked = false;
    await running.clock.advance(4_000);
    hear(1_025_000);
    await running.clock.advance(4_000);
    await running.idle();
    expect([refused.length, disk.appended]).toEqual([20, []]);
    await running.clock.advance(3_000);
    await running.idle();
    expect(disk.appended).toHaveLength(1);
  });
});
