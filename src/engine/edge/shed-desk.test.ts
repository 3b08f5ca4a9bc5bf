import { expect, test } from 'vitest';
import { edgeDisk, type EdgeDisk } from '../../../test/edge-disk.ts';
import { floorSource, signals, temperature, throughput, tooHot } from '../../../test/edge-landscape.ts';
import { ruleHostIn, settled } from '../../../test/rule-host-play.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import type { RawSample } from '../../model/source.ts';
import { gapDesk } from './gap-desk.ts';
import { openHearingDesk } from './hearing-desk.ts';
import { shedDesk } from './shed-desk.ts';
import { sourceMeter } from './source-meter.ts';

const startMs = 1_000_000;

/** An edge whose rule waits with at most three events for the store. */
async function edgeOn(disk: EdgeDisk, nowMs = startMs) {
  const clock = virtualClock(nowMs, settled);
  const store = disk.open();
  const base = { store, clock, log: () => undefined };
  const gaps = gapDesk(base);
  const shed = shedDesk({ gaps, clock });
  const hearings = await openHearingDesk({ ...base, gaps, isHeld: shed.isOpen, changed: () => host.checkpoint(hearings) });
  const host = await ruleHostIn(store, [tooHot], { clock, shed, waitingMax: 3, checkpointMs: 300 });
  const meter = sourceMeter(clock);
  const hearing = hearings.of({ source: floorSource.name, addresses: signals.map(({ address }) => address), takesUp: false, holding: undefined, meter });
  return {
    clock,
    shed,
    counts: host.counts,
    kill: store.kill,
    hear(address: string, value: number, atMs: number): void {
      const batch: readonly RawSample[] = [{ address, value, atMs, quality: 'good' }];
      meter.note(batch);
      hearing.samples(batch);
      host.hear(batch);
    },
    kept: async () => store.gaps(50),
    marks: () => disk.states.get('heard sources'),
  };
}

/** Ten times beyond the limit and back: two events each. */
function flap({ hear }: Awaited<ReturnType<typeof edgeOn>>, fromMs: number): void {
  for (let index = 0; index < 20; index++) hear(temperature.address, index % 2 === 0 ? 1_350 : 0, fromMs + index);
}

test('what is shed is one gap of each address and episode, from its first to its last value', async () => {
  const disk = edgeDisk();
  const edge = await edgeOn(disk);
  disk.fail(1_000);
  flap(edge, startMs - 100);
  edge.hear(throughput.address, 7, startMs - 50);
  expect(edge.counts.shed).toBe(16);
  expect(edge.shed.open(1)).toMatchObject({ found: 2, gaps: [{ address: temperature.address, reason: expect.stringContaining('too slowly from 1970-01-01T00:16:40.000Z') }] });
  disk.fail(0);
  await edge.clock.advance(60_000);
  const first = [
    { address: temperature.address, afterMs: startMs - 95, beforeMs: startMs - 81 },
    { address: throughput.address, afterMs: startMs - 50, beforeMs: startMs - 50 },
  ];
  expect((await edge.kept()).newest.toReversed()).toMatchObject(first);
  expect([edge.shed.open(1), edge.shed.isOpen()]).toEqual([{ found: 0, gaps: [] }, false]);

  disk.fail(1_000);
  flap(edge, startMs + 60_000);
  disk.fail(0);
  await edge.clock.advance(60_000);
  expect((await edge.kept()).newest).toMatchObject([{ address: temperature.address, beforeMs: startMs + 60_019 }, {}, {}]);
});

test('an edge that is killed before that gap is kept has one at its next start', async () => {
  const disk = edgeDisk();
  const edge = await edgeOn(disk);
  edge.hear(temperature.address, 0, startMs - 1_000);
  await edge.clock.advance(400);
  expect(edge.marks()).toContain(String(startMs - 1_000));
  disk.fail(1);
  flap(edge, startMs - 100);
  await edge.clock.advance(900);
  expect(disk.appended.length).toBeGreaterThan(0);
  edge.kill();
  const next = await edgeOn(disk, startMs + 10_000);
  next.hear(temperature.address, 0, startMs + 10_000);
  await next.clock.advance(1_000);
  expect((await next.kept()).newest).toMatchObject([{ address: temperature.address, afterMs: startMs - 1_000, beforeMs: startMs + 10_000 }]);
});
