import { describe, expect, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { floorSource, order, packer, signals, temperature, throughput } from '../../../test/edge-landscape.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { defineSignal } from '../../model/asset.ts';
import { packmlCodes } from '../../model/packml.ts';
import type { RawSample } from '../../model/source.ts';
import { emptyFilterCounts, normaliser } from './normalise.ts';
import { quarantineDesk } from './quarantine-desk.ts';

function open(groupsMax?: number) {
  const clock = virtualClock(5_000);
  const counts = emptyFilterCounts();
  const disk = edgeDisk();
  const store = disk.open();
  const quarantine = quarantineDesk({ store, clock, log: () => undefined, ...(groupsMax === undefined ? {} : { groupsMax }) });
  const normal = normaliser({ signals, clock, quarantine, counts });
  return { clock, counts, store, quarantine, hear: (...batch: RawSample[]) => normal.normalise(floorSource.name, batch), normal };
}

function raw(address: string, value: RawSample['value'], more: Partial<RawSample> = {}): RawSample {
  return { address, value, atMs: 1_000, quality: 'good', ...more };
}

describe('a raw value', () => {
  test('becomes a value of its signal, in its unit, with its event time and its arrival', () => {
    expect(open().hear(raw(temperature.address, 1_234))).toEqual([
      { signal: temperature, value: 83.4, atMs: 1_000, receivedMs: 5_000, quality: 'good', historical: false, passes: true },
    ]);
  });

  test('of another source is not taken for a signal with the same address', () => {
    const edge = open();
    expect(edge.normal.normalise('other', [raw(throughput.address, 100)])).toEqual([]);
    expect(edge.counts.unknownAddress).toBe(1);
  });

  test.each([
    [throughput.address, '100', /expected a number for packer-3\.throughput, got a string/],
    [throughput.address, true, /got a boolean/],
    [throughput.address, Number.NaN, /expected a number/],
    [throughput.address, Infinity, /expected a number/],
    [order.address, 4711, /expected a text for packer-3\.order, got a number/],
  ])('of the wrong type (%s: %s) goes to quarantine, and those beside it go on', async (address, value, reason) => {
    const edge = open();
    expect(edge.hear(raw(address, value), raw(temperature.address, 1_000))).toHaveLength(1);
    expect(edge.counts).toMatchObject({ received: 2, wrongType: 1 });
    expect(edge.quarantine.entries(10)).toMatchObject([{ address, reason: expect.stringMatching(reason), raw: String(value), count: 1 }]);
  });

  test('that is a code becomes what it means; a code that means nothing goes to quarantine', () => {
    const { clock, counts, quarantine } = open();
    const state = defineSignal({ asset: packer, source: floorSource, of: 'state', family: 'state', type: 'text', address: 'packer-3#/stateCurrent', codes: packmlCodes });
    const normal = normaliser({ signals: [state], clock, quarantine, counts });
    const samples = normal.normalise(
      floorSource.name,
      [6, '11', 18, 'toString', 0].map((value) => raw(state.address, value)),
    );
    expect(samples.map(({ value }) => value)).toEqual(['Execute', 'Held']);
    expect(counts.wrongType).toBe(3);
    expect(quarantine.entries(10).map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['wrong type: no code of packer-3.state is 18', 'wrong type: no code of packer-3.state is "toString"']),
    );
  });

  test('without a time is of the wrong type', () => {
    const edge = open();
    expect(edge.hear(raw(throughput.address, 1, { atMs: Number.NaN }))).toEqual([]);
    expect(edge.counts.wrongType).toBe(1);
  });

  test('that is absent, or not good, or historical, is counted; rules still see what it was', () => {
    const edge = open();
    const samples = edge.hear(
      raw(throughput.address, null, { quality: 'bad' }),
      raw(throughput.address, 90, { quality: 'uncertain' }),
      raw(throughput.address, 90, { historical: true }),
    );
    expect(samples.map(({ quality, historical, passes }) => ({ quality, historical, passes }))).toEqual([
      { quality: 'uncertain', historical: false, passes: false },
      { quality: 'good', historical: true, passes: false },
    ]);
    expect(edge.counts).toMatchObject({ badQuality: 2, historical: 1, deadband: 0 });
  });
});

describe('report by exception', () => {
  test('passes on what differs from the last one passed on by the deadband, or a heartbeat later; rules see all', () => {
    const edge = open();
    const values = [100, 101, 101.9, 102, 103, 100];
    const samples = values.flatMap((value, index) => edge.hear(raw(throughput.address, value, { atMs: index * 100 })));
    expect(samples.map(({ passes }) => passes)).toEqual([true, false, false, true, false, true]);
    expect(edge.counts.deadband).toBe(3);
    expect(edge.hear(raw(throughput.address, 100, { atMs: 10_499 }))[0]?.passes).toBe(false);
    expect(edge.hear(raw(throughput.address, 100, { atMs: 10_500 }))[0]?.passes).toBe(true);
  });

  test('a deadband of 0 passes on every change, and text when it changes', () => {
    const edge = open();
    const passes = (address: string, ...values: (number | string)[]) => values.map((value) => edge.hear(raw(address, value))[0]?.passes);
    expect(passes(temperature.address, 1, 1, 1.001)).toEqual([true, false, true]);
    expect(passes(order.address, 'PO-1', 'PO-1', 'PO-2')).toEqual([true, false, true]);
  });
});

describe('quarantine', () => {
  test('groups by address and reason, with counts, and reaches the store within its time', async () => {
    const edge = open();
    for (let count = 0; count < 500; count++) edge.hear(raw('stranger#/a', count));
    edge.hear(raw('stranger#/b', 1));
    expect(await edge.store.quarantined(10)).toEqual([]);
    await edge.clock.advance(1_000);
    await edge.quarantine.flush();
    expect((await edge.store.quarantined(10)).map(({ address, raw: latest }) => [address, latest])).toEqual([
      ['stranger#/b', '1'],
      ['stranger#/a', '499'],
    ]);
    expect(edge.quarantine.entries(1)).toMatchObject([{ address: 'stranger#/a', count: 500 }]);
  });

  test('holds a bounded number of groups; what is beyond is counted in one', () => {
    const edge = open(3);
    for (let stranger = 0; stranger < 10; stranger++) edge.hear(raw(`stranger#/${stranger}`, 1));
    expect(edge.quarantine.entries(10).map(({ address, count }) => [address, count])).toEqual([
      ['*', 7],
      ['stranger#/0', 1],
      ['stranger#/1', 1],
      ['stranger#/2', 1],
    ]);
  });

  test('cuts what it keeps', () => {
    const edge = open();
    edge.hear(raw('stranger', 'x'.repeat(100_000)));
    expect(edge.quarantine.entries(1)[0]?.raw).toHaveLength(4_096);
  });
});
