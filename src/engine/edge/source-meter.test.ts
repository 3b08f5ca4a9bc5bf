import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { RawSample } from '../../model/source.ts';
import { sourceMeter } from './source-meter.ts';

function value(atMs: number, more: Partial<RawSample> = {}): RawSample {
  return { address: 'a', value: 1, atMs, quality: 'good', ...more };
}

test('the rate is that of the last seconds that are over, and the lag that of what came in them', async () => {
  const clock = virtualClock(100_000);
  const meter = sourceMeter(clock);
  for (let second = 0; second < 20; second++) {
    meter.note([value(clock.now() - 40), value(clock.now() - 60)]);
    await clock.advance(1_000);
  }
  expect(meter.figures()).toMatchObject({ received: 40, perSecond: 2, lagMs: 50, lagMostMs: 60, lastMs: 119_000, newestMs: 118_960 });
});

test('a source that has fallen silent has no rate and no lag, and still a last message', async () => {
  const clock = virtualClock(100_000);
  const meter = sourceMeter(clock);
  meter.note([value(99_990)]);
  await clock.advance(60_000);
  expect(meter.figures()).toMatchObject({ received: 1, perSecond: 0, lagMs: undefined, lagMostMs: undefined, lastMs: 100_000 });
});

test('what a device had kept is counted apart: it is no lag, and its bunch says from when to when it is', async () => {
  const clock = virtualClock(500_000);
  const meter = sourceMeter(clock);
  meter.note([value(10_000, { historical: true })]);
  await clock.advance(20_000);
  meter.note([value(400_000, { historical: true }), value(519_900)]);
  await clock.advance(1_000);
  meter.note([value(401_000, { historical: true })]);
  expect(meter.figures()).toMatchObject({ recovered: 3, recoveredMs: 521_000, recoveredFromMs: 400_000, recoveredToMs: 401_000, lagMs: 100, newestMs: 519_900 });
});

test.each(['samples', 'columns'])('values that are ahead of their arrival make no lag shorter; by how much is told apart, for ten seconds (%s)', async (form) => {
  const clock = virtualClock(100_000);
  const meter = sourceMeter(clock);
  const times = [100_250, 99_900, 100_050];
  if (form === 'samples') meter.note(times.map((atMs) => value(atMs)));
  else meter.noteNumbers({ count: 3, series: Uint32Array.from([0, 0, 0]), values: Float64Array.from([1, 2, 3]), times: Float64Array.from(times) });
  expect(meter.figures()).toMatchObject({ lagMs: 33, lagMostMs: 100, aheadMostMs: 250 });
  await clock.advance(10_000);
  meter.note([value(109_990)]);
  expect(meter.figures()).toMatchObject({ lagMs: 10, aheadMostMs: undefined });
});
