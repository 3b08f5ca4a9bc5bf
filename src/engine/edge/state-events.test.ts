// A machine's stops as events: a rule on a state, with a dwell, and the reason that was given.
import { Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import { edgeDisk } from '../../../test/edge-disk.ts';
import { floorSource, packer, plantTeam, throughput } from '../../../test/edge-landscape.ts';
import { schema } from '../../kernel/schema.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { defineSignal } from '../../model/asset.ts';
import { is } from '../../model/condition.ts';
import { defineContract } from '../../model/contract.ts';
import { packmlCodes } from '../../model/packml.ts';
import { defineRule } from '../../model/rule.ts';
import { emptyFilterCounts, normaliser } from './normalise.ts';
import { quarantineDesk } from './quarantine-desk.ts';
import { openRuleHost } from './rule-host.ts';

const at = { asset: packer, source: floorSource };
const state = defineSignal({ ...at, of: 'state', family: 'state', type: 'text', codes: packmlCodes, address: 'packer-3#/state' });
const reason = defineSignal({ ...at, of: 'reason', family: 'downtime', type: 'text', address: 'packer-3#/reason' });
const stop = schema(Type.Object({ asset: Type.String(), state: Type.String(), reason: Type.String(), since: Type.Number(), ms: Type.Number() }));
const stopped = defineContract({ name: 'equipment.stopped', version: 1, title: 'A machine stands', owner: plantTeam, schema: stop, keys: { asset: 'asset' }, examples: [] });
const started = defineContract({ name: 'equipment.started', version: 1, title: 'A machine runs again', owner: plantTeam, schema: stop, keys: { asset: 'asset' }, examples: [] });

const standing = defineRule({
  name: 'packaging.standing',
  title: 'The packer stands',
  owner: plantTeam,
  on: throughput,
  with: { state, reason },
  when: is('state', 'Held', 'Suspended', 'Aborted'),
  sustained: '5s',
  clear: { for: '2s' },
  emit: stopped,
  event: ({ asset, startMs, atMs, context }) => ({ asset, state: String(context.state), reason: String(context.reason), since: startMs, ms: atMs - startMs }),
  clears: started,
  cleared: ({ asset, startMs, atMs, context }) => ({ asset, state: String(context.state), reason: String(context.reason), since: startMs, ms: atMs - startMs }),
});

async function machine() {
  const clock = virtualClock(1_000_000, async () => new Promise((resolve) => setImmediate(resolve)));
  const store = edgeDisk().open();
  const counts = emptyFilterCounts();
  const log = (): void => undefined;
  const quarantine = quarantineDesk({ store, clock, log });
  const shared = { edge: 'edge-1', limits: {}, store, quarantine, counts, clock, random: () => 0, probe: () => undefined, log, onAppended: () => undefined };
  // The machine tells what changes, at once.
  const host = await openRuleHost({ ...shared, rules: [standing], heldToMs: () => clock.now() });
  onTestFinished(async () => host.close());
  const normal = normaliser({ signals: [throughput, state, reason], clock, quarantine, counts });
  return {
    tell: (told: Readonly<Record<string, number | string>>) =>
      host.accept(
        normal.normalise(
          floorSource.name,
          Object.entries(told).map(([name, value]) => ({ address: `packer-3#/${name}`, value, atMs: clock.now(), quality: 'good' as const })),
        ),
      ),
    pass: (seconds: number) => clock.advance(seconds * 1_000),
    async events() {
      await host.idle();
      return (await store.pending(100)).map(({ body }) => {
        const { type, data } = JSON.parse(body);
        return { type, ...data };
      });
    },
  };
}

test('a stop is told once it has lasted for its dwell, with its beginning and its reason, and once more with its length; a flicker is neither', async () => {
  const { tell, pass, events } = await machine();
  // PackML's StateCurrent: 6 Execute, 5 Suspended, 11 Held.
  tell({ rate: 120, state: 6, reason: 'none' });
  await pass(30);
  tell({ state: 5 });
  await pass(3);
  tell({ state: 6 });
  await pass(30);
  expect(await events()).toEqual([]);
  tell({ state: 11, reason: 'film tears', rate: 0 });
  await pass(20);
  expect(await events()).toEqual([{ type: 'equipment.stopped.v1', asset: 'packer-3', state: 'Held', reason: 'film tears', since: 1_063_000, ms: 5_000 }]);
  // For a second it runs: the same stop goes on.
  tell({ state: 6 });
  await pass(1);
  tell({ state: 11 });
  await pass(60);
  expect(await events()).toHaveLength(1);
  tell({ state: 6, rate: 120 });
  await pass(10);
  const [, end, ...more] = await events();
  expect(more).toEqual([]);
  expect(end).toMatchObject({ type: 'equipment.started.v1', state: 'Execute', reason: 'film tears', since: 1_063_000 });
  // From its first moment to the one at which it had run for two seconds; seconds are what the edge looks at.
  expect(Math.abs(end.ms - 83_000)).toBeLessThanOrEqual(1_000);
});
