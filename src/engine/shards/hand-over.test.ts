import { describe, expect, test } from 'vitest';
import { shardOf } from '../../store/shard.ts';
import { eventAppend, stepAdd, stepSet } from '../../store/store-samples.ts';
import { requestFlow } from '../capabilities/request.ts';
import { errandKey, sentKey } from '../effects/errand.ts';
import { historyText } from '../effects/history.ts';
import { apartFrom } from '../log/door-verdict.ts';
import { withOwn } from '../releases/load.ts';
import { askedAnew, heardAs } from './asked-anew.ts';
import { askedStep, isWithdrawn, stepFor } from './asked-step.ts';
import { engineShard, isAbroad } from './engine-shard.ts';
import { cancelStep } from '../flows/cancellation.ts';
import { heardFrom, parcelsOf } from './hand-over.ts';

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
    expect(parcelsOf(intent, engineShard(home, 4), landscape)).toEqual([]);
    expect(parcelsOf({ ...intent, kind: 'query' }, engineShard(away, 4), landscape)).toEqual([]);
  });

  test('is the intent as a request, the same one whenever it is asked for', () => {
    const parcels = parcelsOf(intent, engineShard(away, 4), landscape);
    const [parcel] = parcels;
    expect(parcels).toEqual(parcelsOf(intent, engineShard(away, 4), landscape));
    expect(parcel).toMatchObject({ kind: 'letter', to: home, sender: 'engine' });
    expect(JSON.parse(parcel?.kind === 'letter' ? parcel.event : '')).toMatchObject({
      source: `/shards/${away}`,
      data: { capability: intent.name, input: JSON.parse(intent.input), handedOver: { shard: away, run: 'run:1', step: 'revise#1', mode: 'post', dueMs: 7 } },
    });
  });

  test('is an event that was released from quarantine, to all other shards, as the one that was taken', () => {
    const text = JSON.stringify({ time: '2026-01-31T06:00:00.000Z', id: 'e1', data: { order: 'PO-1' } });
    const parcels = parcelsOf(eventAppend('e1', { principal: 'edge:bremen', abroad: text }), engineShard(2, 4), landscape);
    expect(parcels.map((parcel) => [parcel.to, parcel.kind === 'letter' && [parcel.principal, parcel.sender, apartFrom(JSON.parse(parcel.event))]])).toEqual(
      [1, 3, 4].map((to) => [to, ['edge:bremen', 'outside', { event: JSON.parse(text), said: { is: 'taken' } }]]),
    );
    expect(parcelsOf(eventAppend('e1'), engineShard(2, 4), landscape)).toEqual([]);
  });

  test('is asked for anew as another request, under the identity that it has in its own shard too', () => {
    const step = { ...intent, id: 'undo:revise#1', mode: 'undo' as const };
    const history = [
      { atMs: 1, what: 'handed over' as const },
      { atMs: 2, what: 'edited' as const, by: 'ada', input: { order: 'PO-4711', quantity: 2 } },
    ];
    const key = sentKey('run:1', step.id, history);
    const verdict = { status: 'open' as const, history, ending: undefined, input: { order: 'PO-4711', quantity: 2 }, keys: {}, key };
    const set = askedAnew(stepSet('run:1', step.id, 'open'), { ...step, order: 1, revision: 1 }, verdict, 3);
    expect([key, set.status]).toEqual(['run:1/undo:revise#1~again2', 'sent']);
    const [first] = parcelsOf(step, engineShard(away, 4), landscape);
    const [again, ...more] = parcelsOf(set, engineShard(away, 4), landscape);
    expect(more).toEqual([]);
    const eventOf = (parcel: typeof again) => JSON.parse(parcel?.kind === 'letter' ? parcel.event : '{}') as { readonly id: string; readonly data: object };
    expect(again).toMatchObject({ kind: 'letter', to: home, sender: 'engine' });
    expect(eventOf(again).id).not.toBe(eventOf(first).id);
    expect(eventOf(again).data).toMatchObject({ key, input: verdict.input, handedOver: { shard: away, run: 'run:1', step: 'undo:revise#1~again2', mode: 'attempt' } });
    expect(errandKey(`${requestFlow}:0123`, stepFor({ shard: away, run: 'run:1', step: 'undo:revise#1~again2' }))).toBe(key);
    expect(heardAs({ run: 'run:1', step: step.id, key, history })).toEqual({ abroad: { as: 'undo:revise#1~again2' } });
    expect(heardAs({ run: 'run:1', step: step.id, key: `run:1/${step.id}`, history })).toEqual({});
    const supplied = { ...verdict, ending: { status: 'done' as const, result: { ok: true as const, value: 1 } } };
    expect(parcelsOf(askedAnew(stepSet('run:1', step.id, 'done'), { ...step, order: 1, revision: 1 }, supplied, 3), engineShard(away, 4), landscape)).toEqual([]);
  });

  test('belongs to the trace of the run that asks, and is known to its system by that run, whoever carries it out', () => {
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const [parcel] = parcelsOf({ ...intent, history: historyText({ history: [{ atMs: 1, what: 'handed over', trace: traceparent }] }) }, engineShard(away, 4), landscape);
    expect(JSON.parse(parcel?.kind === 'letter' ? parcel.event : '')).toMatchObject({ traceparent });
    const asked = stepFor({ shard: away, run: 'run:1', step: 'revise#1' });
    expect([errandKey(`${requestFlow}:0123`, asked), errandKey('run:1', 'revise#1'), errandKey('run:2', asked)]).toEqual(['run:1/revise#1', 'run:1/revise#1', `run:2/${asked}`]);
  });

  test('is the end of one that was asked for elsewhere, once it is an end', () => {
    const id = stepFor({ shard: away, run: 'run:1', step: 'a step with spaces' });
    expect(askedStep(id)).toEqual({ shard: away, run: 'run:1', step: 'a step with spaces' });
    const here = engineShard(home, 4);
    const run = `${requestFlow}:0123`;
    expect(parcelsOf(stepSet(run, id, 'unknown'), here, landscape)).toEqual([]);
    expect(parcelsOf(stepSet('other:1', id, 'done', { output: '{"ok":true,"value":1}' }), here, landscape)).toEqual([]);
    expect(parcelsOf(stepSet(run, id, 'done', { output: '{"ok":true,"value":1}' }), here, landscape)).toEqual([
      { kind: 'reply', to: away, run: 'run:1', step: 'a step with spaces', status: 'done', output: '{"ok":true,"value":1}' },
    ]);
  });

  test('is word that it is not wanted any more: of one posted effect, or of all that a cancelled run has asked for, but for what undoes', () => {
    const settle = stepAdd('run:1', 'settle:revise#1', { kind: 'compensate', entity: 'PO-4711' });
    const of = { shard: away, run: 'run:1' };
    expect(parcelsOf(settle, engineShard(home, 4), landscape)).toEqual([]);
    expect(parcelsOf(settle, engineShard(away, 4), landscape)).toMatchObject([{ to: home, sender: 'withdrawal', event: JSON.stringify({ ...of, step: 'revise#1' }) }]);
    const cancel = parcelsOf(stepAdd('run:1', cancelStep, { kind: 'compensate', entity: undefined }), engineShard(away, 4), landscape);
    expect(cancel.map(({ to }) => to).toSorted()).toEqual([1, 2, 3, 4].filter((shard) => shard !== away));
    const ids = ['revise#1', 'revise#2', 'undo:revise#1'].map((step) => stepFor({ ...of, step }));
    expect(ids.map((id) => isWithdrawn({ ...of, step: 'revise#1' }, id))).toEqual([true, false, false]);
    expect(ids.map((id) => isWithdrawn(of, id))).toEqual([true, true, false]);
    expect([isWithdrawn({ ...of, run: 'run:2' }, ids[0] ?? ''), isWithdrawn(of, 'revise#1')]).toEqual([false, false]);
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
