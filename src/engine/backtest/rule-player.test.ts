import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { order, plantTeam, signals, target, temperature, throughput, throughputDrop, varianceCleared, varianceDetected } from '../../../test/edge-landscape.ts';
import { memoryShelf, mortal } from '../../../test/memory-shelf.ts';
import { settled } from '../../../test/rule-host-play.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { above, all, any, below, is, missing, not, type Condition } from '../../model/condition.ts';
import { defineRule, type Rule } from '../../model/rule.ts';
import { average, deviation, last, lastOf, maximum, minimum, robustZ } from '../../model/window.ts';
import type { Quality } from '../../model/source.ts';
import { emptyFilterCounts, type Sample } from '../edge/normalise.ts';
import { quarantineDesk } from '../edge/quarantine-desk.ts';
import { openRuleHost } from '../edge/rule-host.ts';
import { ruleEvent } from '../edge/rule-event.ts';
import type { Turn } from '../rules/evaluation.ts';
import { settingsOf } from '../rules/rule-settings.ts';
import { ruleStateText } from '../rules/stored-state.ts';
import { openRecorder } from '../telemetry/recorder.ts';
import { encodeBlock, readBlocks, type TelemetryBlock } from '../telemetry/telemetry-block.ts';
import { rowsOf, type TelemetryRow } from '../telemetry/telemetry-rows.ts';
import { rulePlayer } from './rule-player.ts';

function rule(name: string, when: Condition<'order' | 'target' | 'temperature'>, parts: Partial<Pick<Rule, 'sustained' | 'clear'>> = {}): Rule {
  return defineRule({
    name,
    title: name,
    owner: plantTeam,
    on: throughput,
    with: { order, target, temperature },
    when,
    sustained: '300ms',
    clear: { limit: 90, for: '200ms' },
    emit: varianceDetected,
    event: ({ asset, id, limit, window, context }) => ({ order: String(context.order), asset, episode: id, rate: Math.abs(window.value), limit }),
    clears: varianceCleared,
    cleared: ({ asset, id }) => ({ asset, episode: id }),
    ...parts,
  });
}

const plain = [
  rule('average', below(average('1s'), { limit: 80, percentOf: 'target' })),
  rule('average-above', above(average('700ms'), { limit: 100 })),
  rule('minimum-below', below(minimum('1s'), { limit: 70 }), { clear: { limit: 80, for: '0s' } }),
  rule('minimum-above', above(minimum('500ms'), { limit: 95 }), { sustained: '0s' }),
  rule('maximum-below', below(maximum('1s'), { limit: 90 })),
  rule('maximum-above', above(maximum('1s'), { limit: 115 }), { clear: { limit: 110, for: '300ms' } }),
  rule('last', above(last, { limit: 110 }), { sustained: '0s', clear: { limit: 100, for: '0s' } }),
] as const;
const below90 = below(average('1s'), { limit: 90, clear: 95 });
const isWarm = above(lastOf('temperature'), { limit: 60, clear: 55 });
/** Of several conditions, all of which are known by the rule's own samples and what its context says. */
const composites = [
  rule('below-while-running', all(below(average('1s'), { limit: 80, percentOf: 'target' }), is('temperature', 50, 57, 63, 64, 65, 66, 80, 81, 82, 90)), {
    clear: { for: '200ms' },
  }),
  rule('below-while-warm', all(below90, isWarm), { clear: { for: '0s' } }),
  rule('below-while-not-warm', all(not(isWarm), below90), { sustained: '0s', clear: { for: '0s' } }),
  rule('not-above', not(above(last, { limit: 95 })), { clear: { for: '0s' } }),
  rule('either', any(below(minimum('1s'), { limit: 65 }), above(maximum('400ms'), { limit: 118 })), { clear: { for: '0s' } }),
  rule('both', all(below(average('1s'), { limit: 100 }), above(last, { limit: 70 }), not(is('order', 'PO-60', 'PO-70'))), { clear: { for: '100ms' } }),
  rule('nested', any(all(below90, isWarm), all(above(maximum('600ms'), { limit: 110 }), not(isWarm))), { clear: { for: '0s' } }),
  rule('with-a-shape', all(above(deviation('1s'), { limit: 4 }), isWarm), { sustained: '0s', clear: { for: '0s' } }),
] as const;
const others = [
  rule('composed', all(below(average('1s'), { limit: 90 }), above(lastOf('temperature'), { limit: 60 })), { clear: { for: '0s' } }),
  rule('windowed', any(above(average('500ms', 'temperature'), { limit: 75 }), missing('3s')), { sustained: '0s', clear: { for: '0s' } }),
  rule('robust', below(robustZ('2s'), { limit: -3 }), { clear: { for: '0s' } }),
];

interface Scene {
  readonly atMs: number;
  /** How far the clock of the source is ahead. */
  readonly aheadMs?: number;
  readonly signal: number;
  readonly level: number;
  readonly quality: Quality;
  readonly historical: boolean;
}

/** Rates that wander over the limits, with gaps, repeats, samples out of order, and orders and targets that change. */
const scenes = fc
  .array(
    fc.record({
      step: fc.constantFrom(100, 100, 100, 1_400),
      level: fc.integer({ min: 55, max: 125 }),
      length: fc.integer({ min: 1, max: 25 }),
      other: fc.constantFrom('none', 'none', 'order', 'target', 'temperature', 'late', 'bad', 'again', 'ahead'),
    }),
    { minLength: 5, maxLength: 40 },
  )
  .map((pieces) => {
    let atMs = 1_700_000_000_000;
    const rows: Scene[] = [
      { atMs, signal: 1, level: 100, quality: 'good', historical: false },
      { atMs, signal: 2, level: 1, quality: 'good', historical: false },
      { atMs, signal: 3, level: 50, quality: 'good', historical: false },
    ];
    for (const { step, level, length, other } of pieces) {
      if (other === 'order') rows.push({ atMs, signal: 2, level, quality: 'good', historical: false });
      if (other === 'target') rows.push({ atMs, signal: 1, level: 80 + (level % 40), quality: 'good', historical: false });
      // A clock that is wrong for once: what comes after is late for a while, and is believed in the end.
      if (other === 'ahead') for (const signal of [1, 3]) rows.push({ atMs, aheadMs: 3_600_000, signal, level, quality: 'good', historical: false });
      if (other === 'temperature') rows.push({ atMs, signal: 3, level, quality: 'good', historical: false });
      for (let index = 0; index < length; index++) {
        atMs += index === 0 ? step : 100;
        const good = { atMs, signal: 0, level: level + (index % 3), quality: 'good' as const, historical: false };
        rows.push(good);
        if (other === 'again' && index === 2) rows.push(good);
        if (other === 'late' && index === 3) rows.push({ ...good, atMs: atMs - 250, level: level - 20 });
        if (other === 'bad' && index === 1) rows.push({ ...good, quality: 'bad', level: 0 }, { ...good, historical: true, level: 0 });
      }
    }
    return rows;
  });

/** What the context says has an hour too much for once, and is otherwise than before from then on. */
const wrongClock: readonly Scene[] = Array.from({ length: 250 }, (_, index): Scene[] => {
  const said = { atMs: 1_700_000_000_000 + index * 100, quality: 'good', historical: false } as const;
  const aheadMs = index === 40 ? 3_600_000 : 0;
  return [
    ...(index === 0 ? [{ ...said, signal: 2, level: 60 }] : []),
    { ...said, aheadMs, signal: 1, level: index <= 40 ? 100 : 120 },
    { ...said, aheadMs, signal: 3, level: index <= 40 ? 50 : 90 },
    { ...said, signal: 0, level: 85 + (index % 3) },
  ];
}).flat();

const names = [throughput, target, order, temperature] as const;

function rowOf({ atMs, aheadMs = 0, signal, level, quality, historical }: Scene): TelemetryRow {
  return { signal: names[signal]?.name ?? '', value: signal === 2 ? `PO-${level}` : level, atMs: atMs + aheadMs, receivedMs: atMs + 5, quality, historical };
}

function blocksOf(rows: readonly TelemetryRow[], each = 100): TelemetryBlock[] {
  const blocks: TelemetryBlock[] = [];
  for (let at = 0; at < rows.length; at += each)
    blocks.push(...readBlocks(Buffer.from(encodeBlock({ rows: rowsOf(rows.slice(at, at + each)), marks: [], tickedMs: rows.at(-1)?.receivedMs ?? 0 }))));
  return blocks;
}

function played(of: Rule, blocks: readonly TelemetryBlock[], isFast: boolean): readonly Turn[] {
  const player = rulePlayer({ rule: of, settings: settingsOf(of, {}), isFast });
  for (const block of blocks) player.play(block);
  return player.turns;
}

describe('the short way', () => {
  test.each([...plain, ...composites])('$name: gives what judging every sample gives', (of) => {
    let fired = 0;
    fc.assert(
      fc.property(scenes, fc.integer({ min: 30, max: 400 }), (given, each) => {
        const blocks = blocksOf(given.map(rowOf), each);
        const slow = played(of, blocks, false);
        fired += slow.length;
        expect(played(of, blocks, true)).toEqual(slow);
      }),
      { numRuns: 60, seed: 4711 },
    );
    expect(fired).toBeGreaterThan(20);
  });

  test.each([
    ['while it runs', all(below(average('700ms'), { limit: 80 }), is('temperature', 50))],
    ['while it does not', all(below(average('700ms'), { limit: 800 }), is('temperature', 51))],
    ['by what another signal says that changes all the time', all(below(average('700ms'), { limit: 80 }), above(lastOf('temperature'), { limit: 10 }))],
    ['of two on its own signal', any(below(minimum('1s'), { limit: 80 }), above(average('700ms'), { limit: 120 }))],
  ] as const)('is taken by a composed condition, too: %s', (_what, when) => {
    const rows = Array.from({ length: 20_000 }, (_, index) => [
      rowOf({
        atMs: 1_700_000_000_000 + index * 100,
        signal: 3,
        level: when.kind === 'all' && index > 0 && _what.startsWith('by') ? 50 + (index % 7) : 50,
        quality: 'good',
        historical: false,
      }),
      rowOf({ atMs: 1_700_000_000_000 + index * 100, signal: 0, level: 100 + (index % 5), quality: 'good', historical: false }),
    ]).flat();
    const of = rule('quiet', when, { clear: { for: '0s' } });
    let judged = 0;
    const player = rulePlayer({ rule: of, settings: settingsOf(of, {}), onJudged: () => judged++ });
    for (const block of blocksOf(rows, 4_000)) player.play(block);
    expect(player.samples().own).toBe(20_000);
    expect(player.state.counts.taken).toBe(20_000);
    expect(judged).toBeLessThan(1_000);
  });

  test('is taken: a quiet day costs no point per sample', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) =>
      rowOf({ atMs: 1_700_000_000_000 + index * 100, signal: 0, level: 100 + (index % 5), quality: 'good', historical: false }),
    );
    const player = rulePlayer({ rule: plain[1], settings: settingsOf(rule('quiet', above(average('700ms'), { limit: 110 })), {}) });
    for (const block of blocksOf(rows, 20_000)) player.play(block);
    expect(player.samples()).toEqual({ own: 200_000, all: 200_000 });
    expect(player.state.counts.taken).toBe(200_000);
  });
});

describe('a backtest of what an edge recorded', () => {
  const tried = [...plain, composites[0], composites[6], ...others, throughputDrop];
  test.each([...tried.map((of) => ({ of, name: of.name, heldMs: undefined })), ...tried.map((of) => ({ of, name: `${of.name}, of a source that tells changes`, heldMs: 150 }))])(
    '$name: gives the events of then, with their ids, over restarts and kills',
    async ({ of, heldMs }) => {
      const samplesOf = [...fc.sample(scenes, { numRuns: 8, seed: 4711 }), wrongClock];
      let seen = 0;
      for (const [round, given] of samplesOf.entries()) {
        const disk = edgeDisk();
        const shelf = memoryShelf();
        const clock = virtualClock((given[0]?.atMs ?? 0) - 60_000, settled);
        const counts = emptyFilterCounts();
        const open = async () => {
          const store = disk.open();
          const life = new AbortController();
          const own = mortal(clock, life.signal);
          const quarantine = quarantineDesk({ store, clock: own, log: () => undefined });
          const recorder = openRecorder({ shelf, clock: own, log: () => undefined, rowsMax: 40 });
          const base = {
            edge: 'edge-1',
            rules: [of],
            limits: {},
            store,
            quarantine,
            counts,
            clock: own,
            random: () => 0,
            probe: () => undefined,
            log: () => undefined,
            onAppended: () => undefined,
          };
          const heldToMs = () => clock.now() - (heldMs ?? 0);
          return { recorder, life, host: await openRuleHost({ ...base, recorder, ...(heldMs !== undefined && { heldToMs }) }) };
        };
        let edge = await open();
        for (const [index, scene] of given.entries()) {
          const { value, ...rest } = rowOf(scene);
          await clock.advance(Math.max(0, rest.receivedMs - clock.now()));
          const signal = names[scene.signal] ?? throughput;
          const sample: Sample = { ...rest, signal, value, receivedMs: clock.now(), passes: true };
          edge.host.accept([sample]);
          // A start forgets which clocks were wrong.
          if (given !== wrongClock && index % 97 === 60 + round) {
            // A kill: what was not stored is lost; a stop: all is stored.
            if (round % 2 === 0) await edge.host.close();
            else await edge.host.idle();
            await edge.recorder.close();
            edge.life.abort();
            edge = await open();
          }
        }
        await clock.advance(6_000);
        await edge.host.close();
        await edge.recorder.close();
        const turns = played(of, shelf.blocks(), true);
        const events = turns.flatMap((turn) => ruleEvent('edge-1', of, turn, { call: (_rule, work) => work() }) ?? []);
        const live = await disk.open().pending(10_000);
        expect([...new Map(events.map(({ id, body }) => [id, body]))]).toEqual(live.map(({ id, body }) => [id, body]));
        seen += live.length;
      }
      expect(seen).toBeGreaterThan(0);
    },
  );

  test('after what cannot be read it goes on with what the rule held where that is told again', () => {
    const of = { ...plain[6], with: {} };
    const settings = settingsOf(of, {});
    const rowAt = (index: number, level: number) => rowOf({ atMs: 1_700_000_000_000 + index * 100, signal: 0, level, quality: 'good', historical: false });
    const [before, lost, after] = [
      [90, 91],
      [120, 121],
      [90, 91],
    ].map((levels, block) => levels.map((level, index) => rowAt(block * 2 + index, level)));
    const live = rulePlayer({ rule: of, settings });
    for (const block of blocksOf([...(before ?? []), ...(lost ?? [])])) live.play(block);
    expect(live.turns.map(({ kind }) => kind)).toEqual(['fired']);
    const marks = [{ kind: 'states' as const, row: 0, reason: 'file' as const, atMs: 0, states: { [of.name]: ruleStateText(live.state) }, known: {} }];
    const next = [...readBlocks(Buffer.from(encodeBlock({ rows: rowsOf(after ?? []), marks, tickedMs: 0 })))];
    const goingOn = (isTold: boolean) => {
      const player = rulePlayer({ rule: of, settings });
      for (const block of blocksOf(before ?? [])) player.play({ ...block, marks: [{ kind: 'states', row: 0, reason: 'start', atMs: 0, states: {}, known: {} }] });
      if (isTold) player.miss();
      for (const block of next) player.play(block);
      return player.turns.map(({ kind, episode }) => [kind, episode.id]);
    };
    expect(goingOn(true)).toEqual([['cleared', live.turns[0]?.episode.id]]);
    expect(goingOn(false)).toEqual([]);
  });

  test('another limit tells what would have fired', () => {
    const rows = Array.from({ length: 100 }, (_, index) =>
      rowOf({ atMs: 1_700_000_000_000 + index * 100, signal: 0, level: index < 40 ? 105 : 98, quality: 'good', historical: false }),
    );
    const of = rule('limit', above(average('1s'), { limit: 110 }), { clear: { for: '0s' } });
    expect(played({ ...of, with: {} }, blocksOf(rows), true)).toEqual([]);
    const lower = rule('limit', above(average('1s'), { limit: 100 }), { clear: { for: '0s' } });
    expect(played({ ...lower, with: {} }, blocksOf(rows), true).map(({ kind }) => kind)).toEqual(['fired', 'cleared']);
  });
});

test('every signal of the test plant is known', () => {
  expect(new Set(names.map(({ name }) => name))).toEqual(new Set(signals.map(({ name }) => name)));
});
