import type { SuiteKit } from '../kernel/suite-kit.ts';
import { compactionParts, type Compacted, type CompactionBounds, type CompactionPart } from './compaction.ts';
import { auditAdd, eventAppend, exceptionOpen, exceptionRecord, noticePut, quarantineAdd, runSet, runStart, startMs, stepAdd, stepSet } from './store-samples.ts';
import type { Change, Store } from './store.ts';
import type { WithStore } from './store-subject.ts';

const old = { receivedMs: startMs };
const over = { endedMs: startMs + 1 };
/** Everything of the samples is older than that, but for what says otherwise. */
const beforeMs = startMs + 1_000;
const late = startMs + 5_000;
const bounds: CompactionBounds = { beforeMs, fromPosition: 1_000, quarantinedFromMs: late, auditThrough: 1_000, limit: 3 };

/** All steps of a part, one after the other. */
async function through(store: Store, part: CompactionPart, over: Partial<CompactionBounds> = {}): Promise<number> {
  let dropped = 0;
  for (let step: Compacted = { dropped: 0, next: '' }; step.next !== undefined;) {
    step = await store.compact(part, step.next, { ...bounds, ...over });
    dropped += step.dropped;
  }
  return dropped;
}

async function everyPart(store: Store): Promise<Record<string, number>> {
  const dropped: Record<string, number> = {};
  for (const part of compactionParts) if (part !== 'space' && part !== 'keys') dropped[part] = await through(store, part);
  await through(store, 'keys');
  await through(store, 'space');
  return dropped;
}

/** An event with a run that is done, of an order of its own. */
const story = (name: string): readonly Change[] => [
  eventAppend(`e-${name}`, { ...old, keys: { order: name } }),
  runStart(`r-${name}`, { position: Number(name), keys: { order: name } }),
  stepAdd(`r-${name}`, 's', { entity: name }),
  stepSet(`r-${name}`, 's', 'done', { done: 1, output: '{}', ...over }),
  runSet(`r-${name}`, 'done', over),
];

/** What may go, and what must stay: each is tried with the newest of everything behind it, which stays anyhow. */
export function compactionTests(kit: SuiteKit, withStore: WithStore): void {
  const { test, expect } = kit;
  const newest: readonly Change[] = [eventAppend('newest', { receivedMs: late }), runStart('newest', { position: 0, startedMs: late })];
  const events = async (store: Store): Promise<readonly string[]> => (await store.eventsAfter(0, 100)).map(({ id }) => id);

  test(
    'what is over goes with all that hangs on it, in bounded steps, and what is young stays',
    withStore(async (store, reopen) => {
      for (const name of ['1', '2', '3', '4', '5']) await store.commit(story(name));
      await store.commit([
        eventAppend('young', { receivedMs: late, keys: { order: '1' } }),
        runStart('r-young', { position: 6, keys: { order: '1' } }),
        runSet('r-young', 'done', { endedMs: late }),
      ]);
      const first = await store.compact('events', '', bounds);
      expect(first).toEqual({ dropped: 3, next: '3' });
      expect(await store.compact('events', '3', bounds)).toMatchObject({ dropped: 2 });
      await through(store, 'keys');
      const again = reopen ? await reopen() : store;
      expect(await events(again)).toEqual(['young']);
      expect((await again.runs({ limit: 10 })).map(({ id }) => id)).toEqual(['r-young']);
      expect(await again.steps('r-1')).toEqual([]);
      expect(await again.effects(10)).toEqual([]);
      expect(await again.event(1)).toBe(undefined);
      expect(await again.lastPosition()).toBe(6);
      expect(await again.byKey('2', 10)).toEqual({ events: [], runs: [], exceptions: [] });
      expect((await again.byKey('1', 10)).events.map(({ id }) => id)).toEqual(['young']);
      expect((await again.counts()).events).toBe(1);
      expect((await again.counts()).runs).toEqual({ done: 1 });
    }),
  );

  test(
    'numbers go on where they were, what was dropped begins anew, and revisions count on',
    withStore(async (store, reopen) => {
      await store.commit(story('1'));
      await store.commit([...newest, stepAdd('newest', 's', { entity: 'other' })]);
      expect(await through(store, 'events')).toBe(1);
      const again = reopen ? await reopen() : store;
      const [event, run, step] = await again.commit([eventAppend('e-1', { receivedMs: late }), runStart('r-1', { position: 3 }), stepAdd('r-1', 's', { entity: '1' })]);
      expect(event).toEqual({ position: 3, duplicate: false });
      expect(run).toEqual({ taken: true });
      expect(step).toMatchObject({ taken: true, revision: 2 });
      expect((await again.steps('r-1')).map(({ id, status }) => [id, status])).toEqual([['s', 'open']]);
    }),
  );

  const open: readonly (readonly [string, readonly Change[]])[] = [
    ['a run that is active', [runStart('r1', { position: 1 })]],
    ['a run that waits', [runStart('r1', { position: 1 }), runSet('r1', 'queued')]],
    ['a run that is parked', [runStart('r1', { position: 1 }), runSet('r1', 'parked', { reason: 'a throw' })]],
    ['a run that ended lately', [runStart('r1', { position: 1 }), runSet('r1', 'done', { endedMs: late })]],
    ['an effect that has not ended, of a run that has', [runStart('r1', { position: 1 }), stepAdd('r1', 's', { mode: 'post' }), runSet('r1', 'done', over)]],
    ['an effect that is parked, of a run that failed', [runStart('r1', { position: 1 }), stepAdd('r1', 's'), stepSet('r1', 's', 'parked'), runSet('r1', 'failed', over)]],
    ['an open exception of a run that failed', [runStart('r1', { position: 1 }), runSet('r1', 'failed', over), exceptionOpen('x1', { run: 'r1' })]],
    ['one run that is active, of two', [...story('1').slice(1), runStart('r2', { position: 1, flow: 'other' })]],
  ];
  for (const [what, changes] of open) {
    test(
      `${what} keeps its event and all of its runs, also when it has ended after they were looked at`,
      withStore(async (store) => {
        await store.commit([eventAppend('e1', old), eventAppend('e2', old), ...changes, ...newest]);
        const before = await store.runs({ limit: 10 });
        const steps = await store.steps('r1');
        expect(await through(store, 'events')).toBe(1);
        expect(await events(store)).toEqual(['e1', 'newest']);
        expect(await store.runs({ limit: 10 })).toEqual(before);
        expect(await store.steps('r1')).toEqual(steps);
        expect((await store.openEffects()).length).toBe(steps.filter(({ status }) => status !== 'done').length);
      }),
    );
  }

  test(
    'the newest run stays with its event, since runs are numbered on from it; revisions count on from steps that were alone',
    withStore(async (store) => {
      const effect = (run: string): Change => stepAdd(run, 's', { entity: 'E' });
      await store.commit([eventAppend('e1', old), runStart('r1', { position: 1 }), effect('r1')]);
      await store.runs({ limit: 1 });
      await store.commit([stepSet('r1', 's', 'refused', { done: 1, ...over }), runSet('r1', 'failed', over), eventAppend('newest', { receivedMs: late })]);
      expect(await through(store, 'events')).toBe(0);
      await store.commit([runStart('r2', { position: 2 })]);
      expect(await through(store, 'events')).toBe(1);
      expect(await store.commit([effect('r2')])).toMatchObject([{ taken: true, revision: 2 }]);
      expect((await store.runs({ limit: 10 })).map(({ id }) => id)).toEqual(['r2']);
    }),
  );

  test(
    'the log stays from where an open run may still look',
    withStore(async (store) => {
      await store.commit([eventAppend('e1', old), eventAppend('e2', old), eventAppend('e3', old), ...newest]);
      expect(await through(store, 'events', { fromPosition: 2 })).toBe(1);
      expect(await events(store)).toEqual(['e2', 'e3', 'newest']);
    }),
  );

  test(
    'exceptions go when they are resolved, notices when they are done, bad messages when nobody holds them; the newest of each stays',
    withStore(async (store) => {
      const resolved = (id: string, changedMs: number): Change => exceptionOpen(id, { status: 'resolved', changedMs, keys: { order: id } });
      await store.commit([
        resolved('x1', startMs),
        exceptionOpen('x2'),
        resolved('x3', late),
        resolved('x4', startMs),
        exceptionOpen('x5', { status: 'acknowledged' }),
        resolved('x6', startMs),
      ]);
      await store.commit([noticePut('n1', { status: 'done' }), noticePut('n2'), noticePut('n3', { status: 'expired', changedMs: late }), noticePut('n4', { status: 'done' })]);
      await store.commit([
        quarantineAdd('q1', { atMs: startMs }),
        quarantineAdd('q2', { atMs: startMs + 10 }),
        quarantineAdd('q3', { atMs: late }),
        quarantineAdd('q4', { atMs: startMs }),
      ]);
      expect(await everyPart(store)).toEqual({ events: 0, exceptions: 2, notices: 1, quarantine: 2, audit: 0 });
      expect((await store.exceptions({ limit: 10 })).map(({ id }) => id)).toEqual(['x6', 'x5', 'x3', 'x2']);
      expect((await store.byKey('x4', 10)).exceptions).toEqual([]);
      expect((await store.byKey('x6', 10)).exceptions.length).toBe(1);
      expect((await store.openNotices()).map(({ id }) => id)).toEqual(['n2']);
      expect((await store.quarantined(10)).map(({ eventId }) => eventId)).toEqual(['q4', 'q3']);
      expect((await store.counts()).quarantined).toBe(2);
      await store.commit([quarantineAdd('q5'), { change: 'exception.set', record: exceptionRecord('x2', { version: 2 }) }]);
      expect((await store.quarantined(1)).map(({ id }) => id)).toEqual([5]);
    }),
  );

  test(
    'bad messages stay from when one is held, audit entries after the last that may go',
    withStore(async (store) => {
      await store.commit([quarantineAdd('q1', { atMs: startMs }), quarantineAdd('q2', { atMs: startMs + 10 }), quarantineAdd('q3', { atMs: startMs + 20 })]);
      await store.commit([1, 2, 3, 4, 5].map((number) => auditAdd(`x${number}`)));
      expect(await through(store, 'quarantine', { quarantinedFromMs: startMs + 10 })).toBe(1);
      expect(await through(store, 'audit', { auditThrough: 3, limit: 2 })).toBe(3);
      expect((await store.audit({ limit: 10 })).map(({ id }) => id)).toEqual([5, 4]);
      expect(await through(store, 'audit')).toBe(1);
      await store.commit([auditAdd('x6')]);
      expect((await store.audit({ limit: 10 })).map(({ id }) => id)).toEqual([6, 5]);
    }),
  );
}
