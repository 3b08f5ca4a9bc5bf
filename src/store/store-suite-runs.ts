import type { SuiteKit } from '../kernel/suite-kit.ts';
import { runSet, runStart, startMs, stepAdd, stepSet } from './store-samples.ts';
import type { WithStore } from './store-subject.ts';

/** Runs: started once, found by status and flow. */
export function runTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  const ids = (runs: readonly { readonly id: string }[]): readonly string[] => runs.map(({ id }) => id);

  test(
    'a run is started once, in later commits and within one',
    withStore(async (store) => {
      const { change: _change, keys: _keys, ...given } = runStart('r1', { position: 7, status: 'queued' });
      expect(await store.commit([runStart('r1', { position: 7, status: 'queued' }), runStart('r1', { key: 'other', keys: { batch: 'B-1' } })])).toEqual([
        { taken: true },
        { taken: false },
      ]);
      expect(await store.commit([runStart('r1', { key: 'other' })])).toEqual([{ taken: false }]);
      expect(await store.run('r1')).toEqual(given);
      expect(await store.run('r2')).toBe(undefined);
      expect((await store.byKey('B-1', 10)).runs).toEqual([]);
    }),
  );

  test(
    'a run takes on status, end and reason, and gives them up again',
    withStore(async (store) => {
      await store.commit([runStart('r1'), runSet('r1', 'parked', { reason: 'a throw' })]);
      expect(await store.run('r1')).toMatchObject({ status: 'parked', reason: 'a throw', endedMs: undefined });
      await store.commit([runSet('r1', 'active'), runSet('r1', 'done', { endedMs: startMs + 5 })]);
      expect(await store.run('r1')).toMatchObject({ status: 'done', reason: undefined, endedMs: startMs + 5, startedMs: startMs });
    }),
  );

  test(
    'a run is moved to another release, in the commit of its start and later',
    withStore(async (store) => {
      await store.commit([runStart('r1'), { change: 'run.move', id: 'r1', release: 'second' }, runSet('r1', 'parked')]);
      expect(await store.run('r1')).toMatchObject({ status: 'parked', release: 'second' });
      await store.commit([{ change: 'run.move', id: 'r1', release: 'third' }, runSet('r1', 'done'), { change: 'run.move', id: 'r1', release: 'fourth' }]);
      expect(await store.run('r1')).toMatchObject({ status: 'done', release: 'fourth' });
    }),
  );

  test(
    'runs are listed newest first by status and flow; the live ones oldest first',
    withStore(async (store) => {
      await store.commit([
        runStart('r1'),
        runStart('r2', { flow: 'other' }),
        runStart('r3', { status: 'queued' }),
        runStart('r4'),
        runStart('r5'),
        runStart('r6'),
        runStart('r7', { flow: 'other' }),
        runSet('r4', 'parked'),
        runSet('r5', 'failed', { endedMs: 1, reason: 'refused' }),
        runSet('r6', 'compensated', { endedMs: 1 }),
        runSet('r1', 'done', { endedMs: 1 }),
        runSet('r7', 'done', { endedMs: 1 }),
      ]);
      expect(ids(await store.runs({ limit: 10 }))).toEqual(['r7', 'r6', 'r5', 'r4', 'r3', 'r2', 'r1']);
      expect(ids(await store.runs({ limit: 2 }))).toEqual(['r7', 'r6']);
      expect(ids(await store.runs({ status: 'done', limit: 10 }))).toEqual(['r7', 'r1']);
      expect(ids(await store.runs({ status: 'done', flow: 'other', limit: 10 }))).toEqual(['r7']);
      expect(ids(await store.runs({ status: 'active', limit: 10 }))).toEqual(['r2']);
      expect(ids(await store.runs({ status: 'active', flow: 'packaging-bottleneck', limit: 10 }))).toEqual([]);
      expect(ids(await store.runs({ flow: 'other', limit: 1 }))).toEqual(['r7']);
      expect(ids(await store.liveRuns())).toEqual(['r2', 'r3', 'r4']);
      expect((await store.counts()).runs).toEqual({ active: 1, queued: 1, parked: 1, failed: 1, compensated: 1, done: 2 });
    }),
  );

  test(
    'releases are in use while a run on them is live, or an effect of one has not ended',
    withStore(async (store) => {
      expect(await store.releasesInUse()).toEqual([]);
      const statuses = ['active', 'done', 'failed', 'parked', 'queued'] as const;
      for (const status of statuses) await store.commit([runStart(status, { release: status }), stepAdd(status, 's'), runSet(status, status)]);
      expect((await store.releasesInUse()).toSorted()).toEqual(statuses);
      await store.commit(statuses.map((run) => stepSet(run, 's', 'done')));
      expect((await store.releasesInUse()).toSorted()).toEqual(['active', 'parked', 'queued']);
    }),
  );
}
