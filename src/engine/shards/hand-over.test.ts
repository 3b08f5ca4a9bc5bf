import { describe, expect, test } from 'vitest';
import { shardOf } from '../../store/shard.ts';
import { stepAdd, stepSet } from '../../store/store-samples.ts';
import { requestFlow } from '../capabilities/request.ts';
import { withOwn } from '../releases/load.ts';
import { askedStep, stepFor } from './asked-step.ts';
import { engineShard, isAbroad } from './engine-shard.ts';
import { heardFrom, parcelOf } from './hand-over.ts';

const landscape = withOwn([], 'r1');
const home = shardOf('PO-4711', 4);
const away = (home % 4) + 1;

describe('the shard of a key', () => {
  test('never changes: what lies in a database was put there by it', () => {
    expect(['PO-1', 'PO-2', 'PO-3', 'PO-4711', ''].map((key) => shardOf(key, 4))).toEqual([3, 1, 4, 1, 3]);
    expect(shardOf('anything', 1)).toBe(1);
  });

  test('is about as often each of them', () => {
    const counts = Map.groupBy(
      Array.from({ length: 4_000 }, (_, index) => shardOf(`PO-${index}`, 4)),
      (shard) => shard,
    );
    for (const shard of [1, 2, 3, 4]) expect(counts.get(shard)?.length).toBeGreaterThan(800);
  });

  test('decides whose a run and an effect are; questions and requests are of wherever they are', () => {
    const here = engineShard(home, 4);
    expect([here.starts('flow', 'PO-4711'), engineShard(away, 4).starts('flow', 'PO-4711'), engineShard(away, 4).starts(requestFlow, 'PO-4711')]).toEqual([true, false, true]);
    const there = engineShard(away, 4);
    expect([isAbroad(here, { query: false, queue: 'PO-4711' }), isAbroad(there, { query: false, queue: 'PO-4711' }), isAbroad(there, { query: true, queue: 'PO-4711' })]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('what a commit hands over', () => {
  const intent = stepAdd('run:1', 'revise#1', { entity: 'PO-4711', mode: 'post', dueMs: 7 });

  test('is nothing of the shard of its entity, and of other steps than effects', () => {
    expect(parcelOf(intent, engineShard(home, 4), landscape)).toBeUndefined();
    expect(parcelOf({ ...intent, kind: 'query' }, engineShard(away, 4), landscape)).toBeUndefined();
  });

  test('is the intent as a request, the same one whenever it is asked for', () => {
    const parcel = parcelOf(intent, engineShard(away, 4), landscape);
    expect(parcel).toEqual(parcelOf(intent, engineShard(away, 4), landscape));
    expect(parcel).toMatchObject({ kind: 'letter', to: home, sender: 'engine' });
    expect(JSON.parse(parcel?.kind === 'letter' ? parcel.event : '')).toMatchObject({
      source: `/shards/${away}`,
      data: { capability: intent.name, input: JSON.parse(intent.input), handedOver: { shard: away, run: 'run:1', step: 'revise#1', mode: 'post', dueMs: 7 } },
    });
  });

  test('is the end of one that was asked for elsewhere, once it is an end', () => {
    const id = stepFor({ shard: away, run: 'run:1', step: 'a step with spaces' });
    expect(askedStep(id)).toEqual({ shard: away, run: 'run:1', step: 'a step with spaces' });
    const here = engineShard(home, 4);
    const run = `${requestFlow}:0123`;
    expect(parcelOf(stepSet(run, id, 'unknown'), here, landscape)).toBeUndefined();
    expect(parcelOf(stepSet('other:1', id, 'done', { output: '{"ok":true,"value":1}' }), here, landscape)).toBeUndefined();
    expect(parcelOf(stepSet(run, id, 'done', { output: '{"ok":true,"value":1}' }), here, landscape)).toEqual({
      kind: 'reply',
      to: away,
      run: 'run:1',
      step: 'a step with spaces',
      status: 'done',
      output: '{"ok":true,"value":1}',
    });
  });

  test('is heard as what the effect came to', () => {
    const of = { run: 'r', step: 's' };
    expect(heardFrom({ ...of, status: 'refused', output: '{"ok":false,"refusal":{"code":"NO"}}' })?.ending).toEqual({
      status: 'refused',
      result: { ok: false, refusal: { code: 'NO' } },
    });
    expect(heardFrom({ ...of, status: 'cancelled', output: 'null' })?.ending).toEqual({ status: 'cancelled', result: undefined });
    const skipped = { by: 'ada', reason: 'done by hand' };
    expect(heardFrom({ ...of, status: 'cancelled', output: JSON.stringify({ ok: true, value: 1, skipped }) })?.ending).toEqual({
      status: 'cancelled',
      result: { ok: true, value: 1 },
      skipped,
    });
    expect(heardFrom({ ...of, status: 'expired', output: 'null' })?.ending).toEqual({ status: 'expired', result: undefined });
    expect(heardFrom({ ...of, status: 'parked', output: undefined })).toBeUndefined();
  });
});
