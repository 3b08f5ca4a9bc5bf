import { describe, expect, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { reading, throughputDrop } from '../../../test/edge-landscape.ts';
import { ruleHostIn, settled } from '../../../test/rule-host-play.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { below } from '../../model/condition.ts';
import { average } from '../../model/window.ts';
import type { RuleHostParts } from './rule-host.ts';

describe('of a source that tells only what changes', () => {
  /** 66 of 120 packs a minute are said once; the rule wants an average over 1 s below 80 % for 500 ms. */
  async function slowOnce(parts: (clock: ReturnType<typeof virtualClock>) => Partial<RuleHostParts>) {
    const disk = edgeDisk();
    const store = disk.open();
    const clock = virtualClock(1_000_000, settled);
    const running = await ruleHostIn(store, [throughputDrop], { clock, ...parts(clock) });
    const hear = (atMs: number, rate: number) => running.hear(reading(atMs, rate));
    const events = async () => {
      await running.idle();
      return (await store.pending(100)).map(({ body }) => JSON.parse(body));
    };
    hear(1_000_000, 66);
    return { ...running, clock, hearRate: hear, events };
  }
  const holding = (clock: ReturnType<typeof virtualClock>) => ({ heldToMs: () => clock.now() - 300 });

  test('a value that stays is judged for as long as it holds: the episode opens with nothing more said, and closes with the change', async () => {
    const { clock, hearRate, events } = await slowOnce(holding);
    await clock.advance(6_000);
    expect(await events()).toMatchObject([{ type: 'production.variance.detected.v1', data: { rate: 66, limit: 96 } }]);
    hearRate(1_006_000, 120);
    await clock.advance(6_000);
    expect((await events()).map(({ type }) => type)).toEqual(['production.variance.detected.v1', 'production.variance.cleared.v1']);
  });

  test('where it is not known to hold, nothing happens', async () => {
    const { clock, events } = await slowOnce(() => ({ heldToMs: () => undefined }));
    await clock.advance(60_000);
    expect(await events()).toEqual([]);
  });

  test('a change that comes late takes the place of what was taken to hold then', async () => {
    const { clock, hearRate, events, status } = await slowOnce(holding);
    await clock.advance(1_000);
    hearRate(1_000_100, 120);
    expect(status()[0]).toMatchObject({ newestMs: 1_000_100, points: 2, counts: { taken: 2, late: 0 } });
    await clock.advance(60_000);
    expect(await events()).toEqual([]);
  });

  test.each([0, 60_000])('of a device whose clock is %i ms behind, nothing is taken to hold ahead of what it says', async (behindMs) => {
    const clock = virtualClock(1_000_000, settled);
    const store = edgeDisk().open();
    const slow = { ...throughputDrop, when: below(average('8s'), { limit: 80, percentOf: 'target' }), sustained: '5s', clear: { limit: 90, for: '0s' } } as const;
    const running = await ruleHostIn(store, [slow], { clock, ...holding(clock) });
    for (let count = 0; count < 300; count++) {
      running.hear(reading(clock.now() - behindMs, count % 50 === 25 ? 130 : 66));
      await clock.advance(200);
    }
    await running.idle();
    expect((await store.pending(100)).map(({ body }) => JSON.parse(body).type)).toEqual(['production.variance.detected.v1']);
  });

  test('what could not be judged is not known: the value of before it does not hold on', async () => {
    let isFull = false;
    const refused: unknown[] = [];
    const room = { isParked: () => isFull, refuse: (samples: readonly unknown[]) => void refused.push(...samples) };
    const { clock, hearRate, events } = await slowOnce((own) => ({ ...holding(own), room }));
    isFull = true;
    hearRate(1_000_100, 120);
    expect(refused).toHaveLength(3);
    isFull = false;
    await clock.advance(60_000);
    expect(await events()).toEqual([]);
  });
});
