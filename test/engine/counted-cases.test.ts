// A case that counts what happened to several orders is found under each of them.
import { defineException, defineFlow } from 'lineshaft';
import { expect, test } from 'vitest';
import { proofOf } from '../../src/engine/proofs/proof.ts';
import { tell } from '../../src/engine/stories/telling.ts';
import { base, type Stage } from './operated-run.ts';
import { begun, otherSide, owner, rig } from './rig.ts';

async function seenFrom(stage: Stage, key: string): Promise<readonly (readonly string[])[]> {
  const { store, landscape } = stage.engine();
  const lines = (await proofOf({ store, landscape, limits: {}, hub: 'hub', version: '0', key, nowMs: stage.clock.now() })) ?? [];
  const proved = [...lines].map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'exception');
  return [(await tell(store, landscape, key, stage.clock.now())).exceptions.map(({ id }) => id), proved.map(({ id }) => id)];
}

test('effects of several orders that a full buffer let go', async () => {
  const world = otherSide({ tms: { buffer: { countMax: 1, shed: 'newest' } } });
  const { move } = world.capabilities;
  const tells = defineFlow({ ...base, name: 'tells', title: 'Tells', run: async (flow, { order }) => void (await flow.post(move, { order, value: 'later' })) });
  const stage = await rig(world, [tells]);
  await stage.engine().modes.pause('tms', { by: 'maria', reason: 'maintenance' });
  for (const at of [1, 2, 3, 4]) await stage.send(begun, `PO-${at}`, `e${at}`);
  await stage.clock.advance(10_000);
  const [only, ...more] = await stage.store.exceptions({ limit: 10 });
  expect([only?.type, more]).toEqual(['effect-expired', []]);
  expect(await seenFrom(stage, 'PO-1')).toEqual([[], []]);
  for (const key of ['PO-2', 'PO-3', 'PO-4']) expect(await seenFrom(stage, key)).toEqual([[only?.id], [only?.id]]);
});

test('what flows of several orders raised about one cause', async () => {
  const stopped = defineException<{ readonly line: string }>({
    name: 'line-stopped',
    title: 'Line stopped',
    owner,
    class: 'machine-event',
    severity: 'high',
    due: '30m',
    summary: ({ line }) => `${line} stands`,
    cause: ({ line }) => line,
  });
  const raises = defineFlow({ ...base, name: 'raises', title: 'Raises', run: async (flow, { note }) => void (await flow.raise(stopped, { evidence: { line: note } })) });
  const stage = await rig(otherSide(), [stopped, raises]);
  await stage.send(begun, 'PO-1', 'e1', 'line-3');
  await stage.send(begun, 'PO-2', 'e2', 'line-3');
  await stage.send(begun, 'PO-3', 'e3', 'line-4');
  const ids = (await stage.store.exceptions({ limit: 10 })).map(({ id }) => id).toReversed();
  expect(ids).toHaveLength(2);
  expect(await seenFrom(stage, 'PO-2')).toEqual([[ids[0]], [ids[0]]]);
  expect(await seenFrom(stage, 'PO-3')).toEqual([[ids[1]], [ids[1]]]);
});
