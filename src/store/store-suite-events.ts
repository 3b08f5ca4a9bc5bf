import type { SuiteKit } from '../kernel/suite-kit.ts';
import { auditAdd, eventAppend, exceptionOpen, quarantineAdd, runStart, startMs } from './store-samples.ts';
import type { WithStore } from './store-subject.ts';

/** The log, its positions and cursors, quarantine, audit, and what a business key leads to. */
export function eventTests(kit: SuiteKit, withStore: WithStore): void {
  logTests(kit, withStore);
  findTests(kit, withStore);
  keyTests(kit, withStore);
  recordTests(kit, withStore);
}

function logTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'an event keeps all that it came with and gets the next position',
    withStore(async (store) => {
      expect(await store.lastPosition()).toBe(0);
      const { change: _change, ...given } = eventAppend('e1', { keys: { order: 'PO-1', line: 'L1' }, traceparent: '00-ab-cd-01', timeMs: startMs - 5 });
      expect(await store.commit([eventAppend('e0'), { change: 'event.append', ...given }])).toEqual([
        { position: 1, duplicate: false },
        { position: 2, duplicate: false },
      ]);
      expect(await store.event(2)).toEqual({ ...given, position: 2 });
      expect(await store.event(3)).toBe(undefined);
      expect(await store.event(0)).toBe(undefined);
      expect(await store.lastPosition()).toBe(2);
    }),
  );

  test(
    'what an edge signed an event with is kept with it, with a trace and without',
    withStore(async (store) => {
      const signed = { key: 'K'.repeat(43), signature: '-_9'.repeat(28) + 'Zz' };
      await store.commit([
        eventAppend('e1', { signed }),
        eventAppend('e2', { signed, traceparent: '00-ab-cd-01' }),
        eventAppend('e3', { traceparent: '00-ab-cd-01 ed25519:short' }),
      ]);
      const [first, second, third] = await store.eventsAfter(0, 10);
      expect([first?.signed, first?.traceparent]).toEqual([signed, undefined]);
      expect([second?.signed, second?.traceparent]).toEqual([signed, '00-ab-cd-01']);
      expect([third?.signed, third?.traceparent]).toEqual([undefined, '00-ab-cd-01 ed25519:short']);
      expect(await store.eventsAt([1, 2])).toEqual([first, second]);
    }),
  );

  test(
    'events are read together by their positions, oldest first, each once',
    withStore(async (store) => {
      await store.commit([eventAppend('e1'), eventAppend('e2'), eventAppend('e3')]);
      expect(await store.eventsAt([3, 7, 1, 3, 0])).toEqual([await store.event(1), await store.event(3)]);
      expect(await store.eventsAt([])).toEqual([]);
    }),
  );

  test(
    'the same source and id is one event, in later commits and within one, and nothing else is written for it',
    withStore(async (store) => {
      await store.commit([eventAppend('e1')]);
      expect(
        await store.commit([eventAppend('e2'), eventAppend('e1', { keys: { batch: 'B-1' }, data: '{}' }), eventAppend('e2', { keys: { batch: 'B-1' } }), eventAppend('e3')]),
      ).toEqual([
        { position: 2, duplicate: false },
        { position: 1, duplicate: true },
        { position: 2, duplicate: true },
        { position: 3, duplicate: false },
      ]);
      expect((await store.event(1))?.data).toBe('{"rate":55.5}');
      expect((await store.byKey('B-1', 10)).events).toEqual([]);
      expect((await store.counts()).events).toBe(3);
    }),
  );

  test(
    'the same id from two sources is two events, however the two are split',
    withStore(async (store) => {
      const results = await store.commit([
        eventAppend('b', { source: 'a' }),
        eventAppend('b', { source: 'c' }),
        eventAppend('', { source: 'ab' }),
        eventAppend('ab', { source: '' }),
      ]);
      expect(results.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    }),
  );

  test(
    'a cursor is 0 until set, and goes where it is told, backwards too',
    withStore(async (store) => {
      expect(await store.cursor('routing')).toBe(0);
      await store.commit([
        { change: 'cursor.set', name: 'routing', position: 7 },
        { change: 'cursor.set', name: 'tap', position: 2 },
        { change: 'cursor.set', name: 'routing', position: 9 },
      ]);
      expect([await store.cursor('routing'), await store.cursor('tap')]).toEqual([9, 2]);
      await store.commit([{ change: 'cursor.set', name: 'routing', position: 3 }]);
      expect(await store.cursor('routing')).toBe(3);
    }),
  );
}

function findTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'events are listed oldest first after a position and newest first by type, each up to its limit',
    withStore(async (store) => {
      await store.commit([eventAppend('e1', { type: 'a' }), eventAppend('e2', { type: 'b' }), eventAppend('e3', { type: 'a' }), eventAppend('e4', { type: 'a' })]);
      const ids = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id);
      expect(ids(await store.eventsAfter(0, 10))).toEqual(['e1', 'e2', 'e3', 'e4']);
      expect(ids(await store.eventsAfter(1, 2))).toEqual(['e2', 'e3']);
      expect(ids(await store.eventsAfter(4, 10))).toEqual([]);
      expect(ids(await store.eventsLatest({ limit: 3 }))).toEqual(['e4', 'e3', 'e2']);
      expect(ids(await store.eventsLatest({ type: 'a', limit: 2 }))).toEqual(['e4', 'e3']);
      expect(ids(await store.eventsLatest({ type: 'none', limit: 2 }))).toEqual([]);
    }),
  );

  test(
    'matching events carry every asked key under its own name, oldest first, after the position',
    withStore(async (store) => {
      await store.commit([
        eventAppend('e1', { type: 'a', keys: { order: 'PO-1', line: 'L1' } }),
        eventAppend('e2', { type: 'a', keys: { order: 'PO-1', line: 'L2' } }),
        eventAppend('e3', { type: 'b', keys: { order: 'PO-1', line: 'L1' } }),
        eventAppend('e4', { type: 'a', keys: { order: 'L1', line: 'PO-1' } }),
        eventAppend('e5', { type: 'a', keys: { order: 'PO-1', line: 'L1', item: 'I' } }),
        eventAppend('e6', { type: 'a', keys: {} }),
      ]);
      const matching = async (keys: { order?: string; line?: string; batch?: string }, after = 0, limit = 10): Promise<readonly string[]> =>
        (await store.eventsMatching({ type: 'a', keys, after, limit })).map(({ id }) => id);
      expect(await matching({ order: 'PO-1', line: 'L1' })).toEqual(['e1', 'e5']);
      expect(await matching({ order: 'PO-1' })).toEqual(['e1', 'e2', 'e5']);
      expect(await matching({ order: 'PO-1' }, 1)).toEqual(['e2', 'e5']);
      expect(await matching({ order: 'PO-1' }, 0, 1)).toEqual(['e1']);
      expect(await matching({ order: 'PO-1', batch: 'B' })).toEqual([]);
      expect(await matching({})).toEqual(['e1', 'e2', 'e4', 'e5', 'e6']);
    }),
  );
}

function keyTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'a business key leads to events, runs and exceptions under any name, each once and oldest first',
    withStore(async (store) => {
      await store.commit([
        eventAppend('e1', { keys: { order: 'K', batch: 'K' } }),
        eventAppend('e2', { keys: { order: 'other' } }),
        eventAppend('e3', { keys: { shipment: 'K' } }),
        runStart('r1', { keys: { order: 'K' } }),
        runStart('r2', { keys: {} }),
        runStart('r3', { keys: { order: 'other' } }),
        { change: 'run.key', run: 'r2', keys: { item: 'K' } },
        { change: 'run.key', run: 'r1', keys: { order: 'K', item: 'K' } },
        exceptionOpen('x1', { keys: { asset: 'K' } }),
        exceptionOpen('x2', { keys: { asset: 'other' } }),
      ]);
      const trail = await store.byKey('K', 10);
      expect(trail.events.map(({ id }) => id)).toEqual(['e1', 'e3']);
      expect(trail.runs.map(({ id }) => id)).toEqual(['r1', 'r2']);
      expect(trail.exceptions.map(({ id }) => id)).toEqual(['x1']);
      expect(await store.byKey('nothing', 10)).toEqual({ events: [], runs: [], exceptions: [] });
      expect(await store.byKey('k', 10)).toEqual({ events: [], runs: [], exceptions: [] });
    }),
  );

  test(
    'of too many, a business key leads to the newest',
    withStore(async (store) => {
      await store.commit([1, 2, 3].flatMap((number) => [eventAppend(`e${number}`), runStart(`r${number}`), exceptionOpen(`x${number}`)]));
      const trail = await store.byKey('PO-4711', 2);
      expect([trail.events.map(({ id }) => id), trail.runs.map(({ id }) => id), trail.exceptions.map(({ id }) => id)]).toEqual([
        ['e2', 'e3'],
        ['r2', 'r3'],
        ['x2', 'x3'],
      ]);
    }),
  );
}

function recordTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'quarantine and audit are listed newest first, numbered, up to their limit',
    withStore(async (store) => {
      await store.commit([quarantineAdd('e1'), quarantineAdd('e1', { reason: 'again' }), auditAdd('x1'), auditAdd('x2'), auditAdd('x1', { action: 'exception.retry' })]);
      const { change: _change, ...second } = quarantineAdd('e1', { reason: 'again' });
      expect(await store.quarantined(1)).toEqual([{ ...second, id: 2 }]);
      expect((await store.quarantined(10)).map(({ id }) => id)).toEqual([2, 1]);
      expect((await store.audit({ limit: 2 })).map(({ id }) => id)).toEqual([3, 2]);
      expect((await store.audit({ before: 3, limit: 10 })).map(({ id }) => id)).toEqual([2, 1]);
      expect((await store.audit({ subject: 'x1', before: 3, limit: 10 })).map(({ id }) => id)).toEqual([1]);
      expect((await store.audit({ subject: 'x1', limit: 10 })).map(({ action }) => action)).toEqual(['exception.retry', 'exception.resolve']);
      expect((await store.audit({ limit: 10 }))[2]).toEqual({ id: 1, atMs: startMs, actor: 'planner', action: 'exception.resolve', subject: 'x1', details: '{"note":"done"}' });
      expect((await store.counts()).quarantined).toBe(2);
    }),
  );
}
